"""Our words for the codes of patient feedback: services, sentiments and themes."""

from __future__ import annotations

SERVICES = {
    "111": "nhs_111",
    "PTS - Patient Transport": "patient_transport",
    "See and Convey": "ambulance_see_and_convey",
    "Community health services": "community_health",
    "Forensic": "forensic",
    "Local partnerships- MH": "local_mental_health",
}
OTHER_SERVICE = "other_or_not_stated"

SENTIMENTS = {1: "very_positive", 2: "positive", 3: "neutral", 4: "negative", 5: "very_negative"}

NO_THEME = ("Not assigned", "Labelling not possible")
THEMES = {
    "Organisation & efficiency": "organisation and efficiency",
    "Funding & use of financial resources": "funding and use of money",
    "Staff manner & personal attributes": "manner of staff",
    "Number & deployment of staff": "number and deployment of staff",
    "Staff responsiveness": "responsiveness of staff",
    "Staff continuity": "continuity of staff",
    "Competence & training": "competence and training",
    "Unspecified communication": "communication, unspecified",
    "Staff listening, understanding & involving patients": "listening, understanding and involving",
    "Information directly from staff during care": "information from staff during care",
    "Information provision & guidance": "information and guidance",
    "Being kept informed, clarity & consistency of information": "being kept informed",
    "Contacting services": "contacting services",
    "Appointment arrangements": "arranging appointments",
    "Appointment method": "method of appointment",
    "Timeliness of care": "timeliness",
    "Pain management": "pain management",
    "Diagnosis & triage": "diagnosis and triage",
    "Referals & continuity of care": "referrals and continuity of care",
    "Discharge": "leaving care",
    "Care plans": "plans of care",
    "Patient records": "records",
    "Cleanliness, tidiness & infection control": "cleanliness and infection control",
    "Provision of medical equipment": "medical equipment",
    "Service location": "location of service",
    "Transport to/ from services": "transport",
    "Parking": "car parking",
    "Electronic entertainment": "entertainment",
    "Feeling safe": "safety",
    "Patient appearance & grooming": "appearance and grooming",
    "Mental Health Act": "detention under the Mental Health Act",
    "Equality, Diversity & Inclusion": "equality, diversity and inclusion",
    "Admission": "being admitted",
    "Environment & Facilities": "environment and facilities",
    "Supplying & understanding medication": "medication",
    "Activities & access to fresh air": "activities and fresh air",
    "Food & drink provision & facilities": "food and drink",
    "Sensory experience": "noise, light and other senses",
    "Impact of treatment/ care": "impact of care",
    "Psychological therapy arrangements": "arranging psychological therapy",
    "Existence of services": "whether services exist",
    "Choice of services": "choice between services",
    "Out of hours support (community services)": "out-of-hours support",
    "Learning organisation": "learning from feedback",
    "Interaction with family/ carers": "family and carers",
    "Negative experience & dissatisfaction": "dissatisfaction in general",
    "Positive experience & gratitude": "gratitude in general",
}
