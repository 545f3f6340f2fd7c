//! A gift is never tied to a review: finds words that join the two, in what a person is about to record or say.

/// Words of giving, by their beginnings.
const GIFTS: &[&str] = &[
    "refund",
    "discount",
    "voucher",
    "free night",
    "free stay",
    "gift",
    "compensat",
    "reimburs",
    "upgrade",
    "money back",
    "rabatt",
    "gutschein",
    "erstatt",
    "geschenk",
    "nachlass",
    "rembours",
    "remise",
    "bon d'achat",
    "cadeau",
    "réduction",
    "reembols",
    "descuento",
    "vale",
    "regalo",
    "rimbors",
    "sconto",
    "buono",
    "omaggio",
    "desconto",
    "presente",
    "korting",
    "terugbetal",
    "cadeaubon",
];
/// Words of changing a review.
const REVIEWS: &[&str] = &[
    "change your review",
    "update your review",
    "edit your review",
    "remove your review",
    "delete your review",
    "change the review",
    "delete the review",
    "remove the review",
    "take down",
    "better review",
    "five stars",
    "5 stars",
    "more stars",
    "raise your rating",
    "change your rating",
    "bewertung änder",
    "bewertung lösch",
    "bewertung anpass",
    "bewertung entfern",
    "bessere bewertung",
    "fünf sterne",
    "5 sterne",
    "modifier votre avis",
    "supprimer votre avis",
    "retirer votre avis",
    "changer votre avis",
    "cinq étoiles",
    "5 étoiles",
    "cambiar su reseña",
    "cambie su reseña",
    "eliminar su reseña",
    "modificar su reseña",
    "cinco estrellas",
    "5 estrellas",
    "modificare la recensione",
    "cambiare la recensione",
    "rimuovere la recensione",
    "cinque stelle",
    "5 stelle",
    "alterar a avaliação",
    "remover a avaliação",
    "recensie aanpas",
    "review aanpas",
    "beoordeling aanpas",
    "recensie verwijder",
];
/// Words that make one depend on the other.
const CONDITIONS: &[&str] = &[
    "if you",
    "in return",
    "in exchange",
    "once you",
    "as soon as you",
    "provided",
    "wenn sie",
    "im gegenzug",
    "sobald sie",
    "falls sie",
    "dafür",
    "si vous",
    "en échange",
    "dès que vous",
    "si usted",
    "si cambia",
    "si elimina",
    "a cambio",
    "en cuanto",
    "se lei",
    "se modific",
    "se cambi",
    "in cambio",
    "em troca",
    "se você",
    "als u",
    "in ruil",
    "zodra u",
];

/// Whether a text ties a gift to a changed review ("we'd gladly refund if you change your review").
///
/// It needs all three in one sentence: a gift, a change of the review, and a condition. A sentence without a condition but with
/// both a gift and a change of the review is also flagged when nothing but a comma or "and" stands between.
#[must_use]
pub fn ties_gift_to_review(text: &str) -> bool {
    let text = text.to_lowercase().replace('’', "'");
    text.split(['.', '!', '?', '\n', ';']).any(|sentence| {
        let holds = |words: &[&str]| words.iter().any(|word| sentence.contains(word));
        holds(GIFTS)
            && holds(REVIEWS)
            && (holds(CONDITIONS)
                || sentence.contains(" for ")
                || sentence.contains(" für ")
                || sentence.contains(" and "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_join_gift_and_review_are_found_in_several_languages() {
        for (text, tied) in [
            ("We'd gladly refund one night if you change your review.", true),
            ("Wenn Sie die Bewertung ändern, gibt es einen Gutschein.", true),
            ("Nous vous offrons une remise si vous acceptez de modifier votre avis.", true),
            ("Le damos un descuento si usted acepta cambiar su reseña.", true),
            ("A voucher for five stars!", true),
            ("We refunded the night. If you like, have another look at what you wrote.", false),
            ("Wir haben die Nacht erstattet.", false),
            ("The lift is repaired; would you reconsider your review?", false),
            ("", false),
        ] {
            assert_eq!(ties_gift_to_review(text), tied, "{text}");
        }
    }
}
