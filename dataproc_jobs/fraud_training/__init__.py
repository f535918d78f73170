"""Training of the classifier: from labelled payments to a published model, and how good it is."""
