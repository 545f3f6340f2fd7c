//! Invented guests and what they write: complaints with what would put them right, and praise that names the staff.
//!
//! Every name and every word was made up for this project.

use super::dice::Dice;

/// A complaint, and how its story can go on.
#[derive(Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Its headline.
    pub title: &'static str,
    /// Its words.
    pub words: &'static str,
    /// What the guest says would put it right.
    pub advice: &'static str,
    /// What was changed.
    pub fix: &'static str,
    /// The headline once the guest is content.
    pub title_after: &'static str,
    /// The words once the guest is content.
    pub words_after: &'static str,
}

/// What goes wrong in the invented hotel.
pub const COMPLAINTS: &[Complaint] = &[
    Complaint {
        title: "Loud lift all night",
        words: "Room 14 lies beside the lift. It clanked until two in the morning, and at reception nobody knew what to do.",
        advice: "Do not sell the rooms beside the lift until it is repaired",
        fix: "Lift serviced, rubber mounts changed, night switch set to 22:00",
        title_after: "They repaired the lift",
        words_after: "The lift was loud. They rang me, listened, had it repaired and told me so. That is how it should be.",
    },
    Complaint {
        title: "Breakfast queue and no coffee",
        words: "Half an hour of queueing for coffee at nine. When we sat down the eggs were cold.",
        advice: "A second coffee machine, and eggs on order",
        fix: "Second coffee machine bought, eggs now made to order",
        title_after: "Breakfast is a pleasure now",
        words_after: "We came back for a weekend: two machines, no queue, eggs as we like them. Ela remembered our names.",
    },
    Complaint {
        title: "Wi-Fi in the annex is useless",
        words: "Three days without a video call in the annex. I had told them when I booked that I have to work.",
        advice: "Say honestly that the annex has no good Wi-Fi, or mend it",
        fix: "Two access points put up in the annex",
        title_after: "Wi-Fi works, and they told me",
        words_after: "I complained about the Wi-Fi in the annex. A week later they wrote that it works, and it does.",
    },
    Complaint {
        title: "Parking: no sign, no space",
        words: "We circled for twenty minutes because nothing shows the way to the garage. The space we had booked was taken.",
        advice: "A sign at the corner, and a name on the space that was booked",
        fix: "Sign at the corner, booked spaces now carry the guest's name",
        title_after: "A sign with our name",
        words_after: "There is a sign now, and our space had our name on it. Somebody read what I wrote.",
    },
    Complaint {
        title: "Smell in the bathroom",
        words: "A drain smell in the bathroom every morning. We asked twice; a can of spray is no answer.",
        advice: "Look at the drain, not at the air",
        fix: "Siphon replaced, the other bathrooms on the floor checked",
        title_after: "The smell is gone",
        words_after: "Maria called, apologised and had the drain replaced the same day. The rest of the stay was lovely.",
    },
    Complaint {
        title: "Two hours at the reception",
        words: "Check-in was said to be at three. At five we still sat in the hall with two tired children.",
        advice: "Tell people the truth at three, and give the children something to do",
        fix: "Housekeeping starts with the arrivals, and there is a box of toys in the hall",
        title_after: "Handled with heart",
        words_after: "We had to wait very long. But they called, said what went wrong and changed it. We would come again.",
    },
    Complaint {
        title: "Heating cannot be turned down",
        words: "Twenty-six degrees in the bedroom, window open onto the road, no sleep. The knob on the wall does nothing.",
        advice: "Mend the knob, and put a fan into the room until then",
        fix: "Valves replaced on the second floor",
        title_after: "Cool room, warm people",
        words_after: "They changed the valve and called to tell me. My second stay was quiet and cool.",
    },
    Complaint {
        title: "Charged twice for the minibar",
        words: "Two bottles of water became four on the bill, and I had to write three mails about it.",
        advice: "Let the guest count along at check-out",
        fix: "The bill is now gone through together before paying",
        title_after: "Put right in a day",
        words_after: "The bill was wrong, then it was put right in a day, with a kind word. Fair is fair.",
    },
];

const PRAISE: &[(&str, &str)] = &[
    ("Lovely stay", "Clean, quiet, and the view from the balcony is all one wants."),
    ("Like at home", "Ela at breakfast remembered how we take our coffee. Thank you!"),
    ("We will be back", "Short way to the lifts, a warm pool, and Tomaž knew every path."),
    ("Very kind people", "Maria found us a doctor on a Sunday. One does not forget that."),
    ("Good value", "A simple room, spotless, with a good bed. Breakfast better than in dearer houses."),
    (
        "Perfect for families",
        "The children did not want to leave. There are toys in the hall and patience at the desk.",
    ),
    ("Quiet and friendly", "We slept ten hours. The garden is a gem."),
    ("A weekend well spent", "Train on time, room ready, dumplings excellent. What else?"),
    ("Small house, big heart", "The night porter carried our bags at one in the morning and made tea."),
    ("Recommended", "Good location, helpful desk, fair price."),
];
const FIRST: &[&str] = &[
    "Anna", "Jonas", "Priya", "Luca", "Mateja", "Olu", "Sofia", "Pavel", "Ingrid", "Tomás", "Mei", "Hannah", "Karim",
    "Ewa", "Noah", "Elif", "Bram", "Zofia", "Andrei", "Freya",
];
const LAST: &[&str] = &["B.", "D.", "F.", "G.", "H.", "K.", "L.", "M.", "N.", "P.", "R.", "S.", "T.", "V.", "W.", "Z."];

/// A guest's name as sites show it.
pub fn name(dice: &mut Dice) -> String {
    format!("{} {}", dice.pick(FIRST), dice.pick(LAST))
}

/// The guest of that number: near numbers have other first names.
pub fn name_number(number: usize) -> String {
    format!("{} {}", FIRST[number % FIRST.len()], LAST[number / FIRST.len() % LAST.len()])
}

/// The kind words of that number.
pub fn praise_number(number: usize) -> (&'static str, &'static str) {
    PRAISE[number % PRAISE.len()]
}

/// Kind words: a headline and a sentence or two.
pub fn praise(dice: &mut Dice) -> (&'static str, &'static str) {
    *dice.pick(PRAISE)
}

/// The complaint of the story that is told live.
pub const TONIGHT: Complaint = Complaint {
    title: "Cold shower, nobody called back",
    words: "Ice-cold water at ten in the evening. I rang reception twice, and nobody called back. Never again.",
    advice: "Hot water after nine in the evening, and a phone that somebody hears",
    fix: "Boiler timer moved to midnight, the desk phone now rings in the kitchen too",
    title_after: "From never again to see you in spring",
    words_after: "The night porter called, listened and had the boiler set right within the hour. That is how one treats a guest.",
};

/// Somebody else's complaint, for whoever tries the page.
pub const YOURS: Complaint = Complaint {
    title: "Towels forgotten twice",
    words: "Two days without fresh towels, and a shrug when we asked for some.",
    advice: "A list on the door that somebody ticks off",
    fix: "Housekeeping ticks off a list on every door",
    title_after: "Towels and an apology",
    words_after: "Somebody read this the same evening, brought towels and told us what they changed. Well done.",
};
