//! Real input: the recorded replies beside the checkout, when they are there.
