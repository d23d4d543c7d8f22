"""The demo region: invented people on real CPTS."""
