"""How a scenario leaves: what each vendor would tell, where it goes, each attempt kept as an entry."""
