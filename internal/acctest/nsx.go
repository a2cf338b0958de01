// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/bridge"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// NSX is an embedded NSX Manager whose segments come onto the switches of an embedded vCenter.
type NSX struct {
	*nsxsim.Manager
	Bridge *bridge.Bridge
}

// NSXOptions choose the two, and how they are joined.
type NSXOptions struct {
	VCenter vcsim.Options
	Manager nsxsim.Options
	Bridge  bridge.Options
}

// StartWithNSX runs an embedded vCenter with an NSX until the test ends. Config and Settings have the block nsx as long as the field NSX is
// set. The test fails where NSX was misused, or where vCenter could not do what NSX wanted.
func StartWithNSX(t testing.TB, o NSXOptions) *VCenter {
	t.Helper()
	manager := nsxsim.Start(t, o.Manager) // first, so that it ends after the provider has logged out
	v := Start(t, o.VCenter)
	if o.Bridge.Report == nil {
		o.Bridge.Report = func(err error) { t.Error(err) }
	}
	v.NSX = &NSX{Manager: manager, Bridge: bridge.Join(manager, v.VCenter, o.Bridge)}
	t.Cleanup(v.NSX.Bridge.Close)
	return v
}

// arguments are those of the provider's block nsx.
func (n *NSX) arguments() map[string]any {
	return map[string]any{"server": n.Address(), "user": n.User, "password": n.Password, "ca_file": string(n.CertificatePEM())}
}

// block is the provider's block nsx; nothing without an NSX.
func (n *NSX) block() string {
	if n == nil {
		return ""
	}
	text := "  nsx {\n"
	arguments := n.arguments()
	for _, name := range slices.Sorted(maps.Keys(arguments)) {
		text += fmt.Sprintf("    %s = %q\n", name, arguments[name])
	}
	return text + "  }\n"
}

// Environment returns the variables that stand in for the arguments of an empty block nsx.
func (n *NSX) Environment() map[string]string {
	return map[string]string{"NSXT_MANAGER_HOST": n.Address(), "NSXT_USERNAME": n.User, "NSXT_PASSWORD": n.Password,
		"NSXT_CA": string(n.CertificatePEM())}
}
