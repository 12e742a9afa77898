package worker

type settings struct{}

func parseSettings(props map[string]string) (settings, error) { return settings{}, nil }
