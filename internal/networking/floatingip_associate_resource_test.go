// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const leadsAt = "novasphere_networking_floatingip_associate.web"

// lead is the association of the floating IP "web" with a port.
func lead(name, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_networking_floatingip_associate\" %q {\n  floating_ip = "+
		"novasphere_networking_floatingip.web.address\n%s\n}\n", name, arguments)
}

// TestAccFloatingIPAssociate leads a floating IP to ports in place, beside the floating IP's own resource, follows a port that is made
// anew, imports the association, and is itself made anew under another name.
func TestAccFloatingIPAssociate(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ports := func(address string) string {
		return port("it", "  fixed_ip { ip_address = \"10.0.0.3\" }\n  fixed_ip { ip_address = \"10.0.0.4\" }") +
			port("other", "  mac_address = \"00:50:56:00:00:0"+address+"\"\n  fixed_ip { ip_address = \"10.0.0."+address+"\" }")
	}
	config := func(address, name, to, more string) string {
		return vc.Config(physical, routed+ports(address)+floatingIP("web", more)+lead(name, to))
	}
	first := config("5", "web", portID("port_id", "it")+"  fixed_ip = \"10.0.0.4\"", "")
	other := config("5", "web", portID("port_id", "other"), "")
	is := resource.TestCheckResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: first, Check: resource.ComposeAggregateTestCheckFunc(is(leadsAt, "fixed_ip", "10.0.0.4"),
				resource.TestCheckResourceAttrPair(leadsAt, "id", fipAt, "id"), recorded(vc, `"fixed_ip":"10.0.0.4","router":"`))},
			{Config: first, ConfigPlanChecks: empty, Check: is(fipAt, "fixed_ip", "10.0.0.4")},
			{ResourceName: leadsAt, ImportState: true, ImportStateVerify: true},
			{Config: other, ConfigPlanChecks: stays(leadsAt), Check: is(leadsAt, "fixed_ip", "10.0.0.5")},
			{Config: config("6", "web", portID("port_id", "other"), ""), ConfigPlanChecks: stays(leadsAt),
				Check: is(leadsAt, "fixed_ip", "10.0.0.6")},
			{Config: config("6", "again", portID("port_id", "it")+"  fixed_ip = \"10.0.0.3\"", "  description = \"changed\""),
				Check: recorded(vc, `"fixed_ip":"10.0.0.3","router":"`)},
			{Config: vc.Config(physical, routed+ports("6")+floatingIP("web", "")), Check: resource.ComposeAggregateTestCheckFunc(
				acctest.Check(func() error {
					if f := floating(t, vc)[0]; f.PortID+f.FixedIP+f.RouterID != "" {
						return fmt.Errorf("%+v leads somewhere", f)
					}
					return nil
				}))},
			{Config: vc.Config(physical, routed+ports("6")+floatingIP("web", "")), ConfigPlanChecks: empty,
				Check: resource.TestCheckNoResourceAttr(fipAt, "port_id")},
		},
		CheckDestroy: noRouters(vc),
	})
}
