"""Models that look at pictures, behind the ports: a stand-in of colours, and the user's own as an ONNX file."""
