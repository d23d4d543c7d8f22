"""Events in every order: what the services of small regions tell each other, late, early and twice."""
