"""The job with the driver's failpoints."""

import detect_fraud
from tests.faults.points import DRIVER, arm

if __name__ == "__main__":
    arm(DRIVER)
    detect_fraud.main()
