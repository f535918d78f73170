"""Detections: their record, the desk that changes them, their trial on stored payments."""
