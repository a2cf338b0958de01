// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"maps"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// Region is a block region of a provider's settings: this vCenter under a name. more adds to it or replaces.
func (v *VCenter) Region(name string, more map[string]any) map[string]any {
	block := v.Settings(more)
	block["name"] = name
	return block
}

// InRegions returns a configured provider with these regions, for tests without a CLI. own are the provider's own arguments.
func InRegions(t testing.TB, own map[string]any, regions ...map[string]any) *protocol.Provider {
	t.Helper()
	settings := map[string]any{"region": Blocks(regions...)}
	maps.Copy(settings, own)
	return protocol.Configured(t, Factories["novasphere"], settings)
}

// Blocks returns blocks in the form of settings.
func Blocks(all ...map[string]any) (out []any) {
	for _, one := range all {
		out = append(out, one)
	}
	return out
}
