J{application, cowboy, [
	{description, "Small, fast, modern HTTP server."},
	{vsn, "2.9.0"},
	{modules, []}
]}.
