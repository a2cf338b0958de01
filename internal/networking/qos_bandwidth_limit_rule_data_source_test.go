// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccBandwidthLimitData: a policy's limit is found by each argument.
func TestAccBandwidthLimitData(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	policy := func(name string) string {
		return p.Bring("novasphere_networking_qos_policy", args{"name": name}, protocol.Object{}).Text("id")
	}
	slow, bare := args{"qos_policy_id": policy("slow")}, args{"qos_policy_id": policy("bare")}
	bring := func(arguments args) protocol.Object {
		return p.Bring("novasphere_networking_qos_bandwidth_limit_rule", with(slow, arguments), protocol.Object{})
	}
	out, in := bring(args{"max_kbps": 3000, "max_burst_kbps": 300}), bring(args{"max_kbps": 1000, "direction": "ingress"})
	finds(t, p, "qos_bandwidth_limit_rule", out, with(slow, args{"max_kbps": 3000}), with(slow, args{"max_burst_kbps": 300}),
		with(slow, args{"direction": "egress", "region": "here"}))
	finds(t, p, "qos_bandwidth_limit_rule", in, with(slow, args{"max_kbps": 1000}), with(slow, args{"direction": "ingress"}))
	refusedQueries(t, vc, "qos_bandwidth_limit_rule", map[string]refusal{
		"none":      {with(slow, args{"max_kbps": 7}), "", "no bandwidth limit of the QoS policy slow that fits what is written"},
		"several":   {slow, "", "more than one bandwidth limit of the QoS policy slow fits what is written: egress, ingress"},
		"no rule":   {bare, "", "no bandwidth limit of the QoS policy bare"},
		"no policy": {args{"qos_policy_id": "none"}, "qos_policy_id", "write the id of one"},
	})
}
