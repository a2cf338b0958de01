// SPDX-License-Identifier: MPL-2.0

package openstack

import "context"

type successionKey struct{}

// Succession returns a context for planning the second half of a replacement: an object of this configuration is removed, and the planned
// one takes its place.
func Succession(ctx context.Context) context.Context {
	return context.WithValue(ctx, successionKey{}, true)
}

// Succeeds reports whether the planned object replaces one of this configuration that was planned before it.
func Succeeds(ctx context.Context) bool { return ctx.Value(successionKey{}) != nil }
