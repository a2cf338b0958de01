package openstack

import "context"

type successionKey struct{}

// Succession is a context for planning the second half of a replacement: an object of this configuration goes, and what is planned takes
// its place.
func Succession(ctx context.Context) context.Context {
	return context.WithValue(ctx, successionKey{}, true)
}

// Succeeds says that what is planned takes the place of an object of this configuration, which was planned before it.
func Succeeds(ctx context.Context) bool { return ctx.Value(successionKey{}) != nil }
