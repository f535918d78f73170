"""The pages on detections."""
