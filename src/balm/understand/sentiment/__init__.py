"""How a customer feels about what a clause says: from words, or learnt from the customers' own scores."""
