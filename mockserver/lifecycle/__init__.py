"""What happens to a subscriber: a pure model of the stores. No Flask, no SQL, no vendor's word."""
