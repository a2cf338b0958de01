// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAnswersAreWarnedOf: a plan warns of rules that let guests ask in a group that lets no answer in, whichever order they come in.
func TestAnswersAreWarnedOf(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	settings := args{"security_groups": "dvs"}
	there := args{"name": "there", "stateful": false, "delete_default_rules": true}
	group := vc.Provider(t, settings).Bring("novasphere_networking_secgroup", there, protocol.Object{}).Text("id")
	unknown := func(more args) args {
		return with(args{"security_group_id": tftypes.UnknownValue, "ethertype": "IPv4"}, more)
	}
	everything := args{"direction": "egress"}
	tcp := args{"direction": "egress", "protocol": "tcp", "remote_ip_prefix": "0.0.0.0/0", "port_range_min": 443, "port_range_max": 443}
	answers := args{"direction": "ingress", "protocol": "tcp", "port_range_min": 32768, "port_range_max": 60999}
	clients := args{"port_range_min": 32768, "port_range_max": 60999}
	for name, c := range map[string]struct {
		group args // nil: one that exists
		rules []args
		warns int
	}{
		"everything out":         {args{"delete_default_rules": true}, []args{everything}, 1},
		"said once":              {args{"delete_default_rules": true}, []args{everything, tcp}, 1},
		"answers come first":     {args{"delete_default_rules": true}, []args{answers, tcp}, 0},
		"answers of another":     {args{"delete_default_rules": true}, []args{with(answers, args{"protocol": "udp"}), tcp}, 1},
		"only to a neighbour":    {args{"delete_default_rules": true}, []args{with(tcp, args{"remote_ip_prefix": "10.0.0.0/8"})}, 0},
		"answers to others":      {args{"delete_default_rules": true}, []args{with(tcp, clients)}, 0},
		"a group with replies":   {args{"delete_default_rules": true, "reply_rules": "ephemeral"}, []args{tcp}, 0},
		"the group says so":      {args{}, []args{tcp}, 1},
		"a group that exists":    {nil, []args{tcp}, 1},
		"and has answers coming": {nil, []args{answers, tcp}, 0},
	} {
		p := vc.Provider(t, settings)
		var said []protocol.Diagnostic
		if c.group != nil {
			said = p.Plan("novasphere_networking_secgroup", with(c.group, args{"name": "coming", "stateful": false}), protocol.Object{}).Diagnostics
		}
		for _, r := range c.rules {
			config := unknown(r)
			if c.group == nil {
				config["security_group_id"] = group
			}
			said = append(said, p.Plan("novasphere_networking_secgroup_rule", config, protocol.Object{}).Diagnostics...)
		}
		warned := 0
		for _, d := range said {
			if strings.Contains(d.Text, "are dropped unless a rule lets them in") && strings.Contains(d.Text, "reply_rules") {
				warned++
			}
		}
		if warned != c.warns || len(protocol.Errors(said)) > 0 {
			t.Errorf("%s: %d warnings: %v", name, warned, said)
		}
	}
}

// TestRepliesToBe: a rule without ports is refused at plan where its existing group is to let answers pass by the same plan.
func TestRepliesToBe(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, args{"security_groups": "dvs"})
	bare := args{"name": "web", "stateful": false, "delete_default_rules": true}
	group := p.Bring("novasphere_networking_secgroup", bare, protocol.Object{})
	if errors := p.Plan("novasphere_networking_secgroup", with(bare, args{"reply_rules": "ephemeral"}), group).Errors(); len(errors) > 0 {
		t.Fatal(errors)
	}
	rule := args{"security_group_id": group.Text("id"), "direction": "egress", "ethertype": "IPv4", "remote_ip_prefix": "0.0.0.0/0"}
	refusal{rule, "port_range_min", "write port_range_min and port_range_max (1 to 65535 for all), and tcp or udp"}.is(t,
		p.Plan("novasphere_networking_secgroup_rule", rule, protocol.Object{}).Diagnostics)
}
