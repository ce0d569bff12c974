"""Raw bedside signs and laboratory values into grades: versioned rule sets, each with its source."""
