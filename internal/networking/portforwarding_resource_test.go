// SPDX-License-Identifier: MPL-2.0

package networking_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
)

const sshAt = "novasphere_networking_portforwarding.ssh"

// forward is a forwarding of a floating IP to a port.
func forward(name, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_networking_portforwarding\" %q {\n  floatingip_id = "+
		"novasphere_networking_floatingip.web.id\n%s\n}\n", name, arguments)
}

// TestAccPortForwarding forwards a number of a floating IP, changes all in place, and imports it. A port that is made anew takes the
// forwarding along.
func TestAccPortForwarding(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ports := port("it", "  fixed_ip { ip_address = \"10.0.0.3\" }") + port("other", "  fixed_ip { ip_address = \"10.0.0.5\" }")
	config := func(arguments string) string {
		return vc.Config(physical, routed+ports+floatingIP("web", "  port_id = \"\"")+forward("ssh", arguments))
	}
	first := config(portID("internal_port_id", "it") + `  internal_ip_address = "10.0.0.3"
  internal_port       = 22
  external_port       = 2222
  protocol            = "tcp"
  description         = "shell"
  timeouts { create = "5m" }`)
	second := config(portID("internal_port_id", "other") + "  internal_port = 53\n  external_port = 5353\n  protocol = \"udp\"")
	is := resource.TestCheckResourceAttr
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: first, Check: recorded(vc, `"protocol":"tcp","external":2222,"port":"`)},
			{Config: first, ConfigPlanChecks: empty, Check: is(fipAt, "port_id", "")},
			{ResourceName: sshAt, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: []string{"timeouts"},
				ImportStateIdFunc: func(s *terraform.State) (string, error) {
					of := s.RootModule().Resources[sshAt].Primary
					return of.Attributes["floatingip_id"] + "/" + of.ID, nil
				}},
			{Config: second, ConfigPlanChecks: stays(sshAt), Check: resource.ComposeAggregateTestCheckFunc(
				is(sshAt, "internal_ip_address", "10.0.0.5"), recorded(vc, `"protocol":"udp","external":5353,"port":"`),
				recorded(vc, `"address":"10.0.0.5","internal":53,"mark":`))},
			{Config: second, ConfigPlanChecks: empty},
			{PreConfig: func() {
				backend, at := dvs.New(direct(t, vc)), floating(t, vc)[0]
				all, err := backend.Forwardings(t.Context(), at.ID)
				must(t, err)
				must(t, backend.DeleteForwarding(t.Context(), at.ID, all[0].ID))
			}, Config: second, ConfigPlanChecks: creates(sshAt)},
			{Config: vc.Config(physical, routed+ports+floatingIP("web", "")), Check: acctest.Check(func() error {
				if f := floating(t, vc)[0]; f.RouterID != "" {
					return fmt.Errorf("%+v is behind a router", f)
				}
				return nil
			})},
		},
		CheckDestroy: noRouters(vc),
	})
}
