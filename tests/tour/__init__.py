"""The tour's parts: the hand that clicks, the camera, the meter, the steps."""
