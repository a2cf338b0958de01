// SPDX-License-Identifier: MPL-2.0

package groups

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
)

// Law is what security groups of NSX may ask for: what Neutron takes, as far as NSX can match it.
type Law struct{ traffic.Neutron }

// CheckRule refuses a rule that Neutron does not take, or that NSX cannot enforce.
func (l Law) CheckRule(r sdn.Rule) error {
	if err := l.Neutron.CheckRule(r); err != nil {
		return err
	}
	return firewall.CheckRule(r)
}
