//! What a review is about.

use serde::{Deserialize, Serialize};

/// A topic; the owner's own words make further ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// Dirt, smells, linen.
    Cleanliness,
    /// Size, bed, furniture, bathroom.
    Room,
    /// What kept the guest awake.
    Noise,
    /// The people and their service.
    Staff,
    /// How the guest was treated after complaining.
    Treatment,
    /// Arrival and departure.
    CheckIn,
    /// Dishes, breakfast.
    Food,
    /// Wine, coffee, bar.
    Drinks,
    /// Price, value, billing.
    Price,
    /// Lift, pool, heating, equipment.
    Facilities,
    /// The network.
    Wifi,
    /// Where it lies.
    Location,
    /// Parking and garage.
    Parking,
    /// Safety and health.
    Safety,
    /// Shipping, packaging.
    Delivery,
    /// Returns, exchanges, refunds.
    Returns,
    /// The quality of a bought product.
    Quality,
    /// Waiting times.
    Waiting,
    /// Decor, mood, view.
    Ambience,
    /// The whole, without anything named.
    General,
}

impl Topic {
    /// All topics, in the order in which people read them.
    pub const ALL: [Topic; 20] = [
        Topic::Cleanliness,
        Topic::Room,
        Topic::Noise,
        Topic::Staff,
        Topic::Treatment,
        Topic::CheckIn,
        Topic::Food,
        Topic::Drinks,
        Topic::Price,
        Topic::Facilities,
        Topic::Wifi,
        Topic::Location,
        Topic::Parking,
        Topic::Safety,
        Topic::Delivery,
        Topic::Returns,
        Topic::Quality,
        Topic::Waiting,
        Topic::Ambience,
        Topic::General,
    ];

    /// The topic's name, as it is shown and as lexicons write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Topic::Cleanliness => "cleanliness",
            Topic::Room => "room",
            Topic::Noise => "noise",
            Topic::Staff => "staff",
            Topic::Treatment => "treatment",
            Topic::CheckIn => "check-in",
            Topic::Food => "food",
            Topic::Drinks => "drinks",
            Topic::Price => "price",
            Topic::Facilities => "facilities",
            Topic::Wifi => "wifi",
            Topic::Location => "location",
            Topic::Parking => "parking",
            Topic::Safety => "safety",
            Topic::Delivery => "delivery",
            Topic::Returns => "returns",
            Topic::Quality => "quality",
            Topic::Waiting => "waiting",
            Topic::Ambience => "ambience",
            Topic::General => "general",
        }
    }

    /// Whether it is what people do or ask for, rather than what they do it with.
    #[must_use]
    pub fn acts(self) -> bool {
        matches!(
            self,
            Topic::Treatment | Topic::Waiting | Topic::Staff | Topic::Price | Topic::Returns | Topic::Delivery
        )
    }

    /// The topic of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Topic> {
        Topic::ALL.into_iter().find(|topic| topic.name() == name)
    }
}
