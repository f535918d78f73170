"""What every payment is judged by: detections, their flags, points and reasons."""
