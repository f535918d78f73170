"""The job with the driver's failpoints, and without what a test has taken out."""

import detect_fraud
from tests.faults import points, removals

if __name__ == "__main__":
    points.arm(points.DRIVER)
    removals.take_out(removals.DRIVER)
    detect_fraud.main()
