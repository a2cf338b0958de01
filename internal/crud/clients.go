package crud

// Clients are what the provider configures: a resource takes the first that is of the type it works with.
type Clients []any

// Pick is the client of type C among what the provider configured. ok is false where there is none: the provider's configuration
// is not known yet.
func Pick[C any](data any) (client C, ok bool) {
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
