"""chipsim: a scenario simulator for the AI chip supply chain between the United States and China."""
