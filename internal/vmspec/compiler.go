// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Compiler compiles each pair of flavor and image once during an operation. The zero value is ready to use; a nil Compiler caches
// nothing.
type Compiler struct {
	done  []compilation
	count *atomic.Int64 // of compilations; nil: not counted
}

type countKey struct{}

// WithCount returns a context in which compilers count their compilations, for tests.
func WithCount(ctx context.Context, count *atomic.Int64) context.Context {
	return context.WithValue(ctx, countKey{}, count)
}

// NewCompiler returns a compiler for one operation.
func NewCompiler(ctx context.Context) *Compiler {
	count, _ := ctx.Value(countKey{}).(*atomic.Int64)
	return &Compiler{count: count}
}

type compilation struct {
	flavor     openstack.Flavor
	properties map[string]string
	compiled   *Compiled
	err        error
}

// of reports whether a compilation belongs to a flavor and properties.
func (c compilation) of(f openstack.Flavor, properties map[string]string) bool {
	return c.flavor.VCPUs == f.VCPUs && c.flavor.RAM == f.RAM && maps.Equal(c.flavor.ExtraSpecs, f.ExtraSpecs) &&
		maps.Equal(c.properties, properties)
}

// Compile returns what the function Compile does, from the cache if possible.
func (c *Compiler) Compile(f openstack.Flavor, properties map[string]string) (*Compiled, error) {
	if c == nil {
		return Compile(f, properties)
	}
	properties = Meaningful(properties)
	if at := slices.IndexFunc(c.done, func(done compilation) bool { return done.of(f, properties) }); at >= 0 {
		return c.done[at].compiled, c.done[at].err
	}
	if c.count != nil {
		c.count.Add(1)
	}
	compiled, err := Compile(f, properties)
	c.done = append(c.done, compilation{f, properties, compiled, err})
	return compiled, err
}
