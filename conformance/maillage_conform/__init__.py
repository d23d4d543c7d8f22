"""`maillage conform`: whether a region's service, in any language, keeps the rules of the network.

The kit stands where the neighbouring region stands: it says what that region would say on the bus, and
watches what the service under test says in its own. What a service must do is in docs/conformance.md.
"""
