package routers

import "context"

// shared is what the checks of a plan share.
type shared struct{}

// Differences tells how NSX differs from the records of a router.
func (g *Gateways) Differences(context.Context, string, string) ([]string, error) { return nil, nil }
