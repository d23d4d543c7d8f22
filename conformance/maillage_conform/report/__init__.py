"""A run's report: for people, as JUnit XML, as JSON."""
