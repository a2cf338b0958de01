package crud

// Clients holds the clients that the provider configured. A resource takes the first of the type that it works with.
type Clients []any

// Pick returns the client of type C among those that the provider configured. ok is false where there is none, because the provider's
// configuration is not known yet. Where it has regions these are the first's: see In.
func Pick[C any](data any) (client C, ok bool) {
	if regions, several := data.(*Regions); several {
		data = regions.list[0].Clients
	}
	all, several := data.(Clients)
	if !several {
		client, ok = data.(C)
		return client, ok
	}
	for _, one := range all {
		if client, ok = one.(C); ok {
			return client, true
		}
	}
	return client, false
}
