// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// consoleOf opens a console and repeats it in an echo.
func consoleOf(arguments string) string {
	return fmt.Sprintf(`
ephemeral "novasphere_compute_console" "it" {
  %s
}
provider "echo" { data = ephemeral.novasphere_compute_console.it }
resource "echo" "it" {}
`, arguments)
}

// withEcho serves this provider, and one that repeats its configuration: the only way to see values that are in no state.
func withEcho() map[string]func() (tfprotov6.ProviderServer, error) {
	all := maps.Clone(acctest.Factories)
	all["echo"] = echoprovider.NewProviderServer()
	return all
}

func TestAccConsole(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	web := plain("name = \"web\"")
	config := func(kind string) string {
		return vc.Config("", web+consoleOf("instance_id = novasphere_compute_instance.it.id\n  "+kind))
	}
	opened := func(kind, port string, socket bool) resource.TestCheckFunc {
		return func(s *terraform.State) error {
			is, vm := s.RootModule().Resources["echo.it"].Primary.Attributes, vc.VM("OpenStack/web")
			url := ""
			if socket {
				url = "wss://" + is["data.host"] + ":443/ticket/" + is["data.ticket"]
			}
			return differ(map[string]any{"type": is["data.type"], "port": is["data.port"], "url": is["data.url"],
				"thumbprint": len(is["data.ssl_thumbprint"]), "host": is["data.host"] != "",
				"ticket": strings.HasPrefix(is["data.ticket"], "cst-"+vm.Self.Value+"-")},
				map[string]any{"type": kind, "port": port, "url": url, "thumbprint": 59, "host": true, "ticket": true})
		}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: withEcho(),
		Steps: []resource.TestStep{
			{Config: config(""), Check: opened("webmks", "443", true)},
			{Config: config(""), PlanOnly: true},
			{Config: vc.Config("", web)},
			{Config: config(`type = "mks"`), Check: opened("mks", "902", false)},
			{Config: config(`type = "vnc"`), ExpectError: says(`value must be one of`)},
			{Config: vc.Config("", web+consoleOf(`instance_id = "web"`)), ExpectError: says(`"web" is no instance's id, which is a UUID`)},
			{Config: vc.Config("", plain("name = \"web\"\n  power_state = \"shutoff\""))},
			{Config: vc.Config("", plain("name = \"web\"\n  power_state = \"shutoff\"")+
				consoleOf("instance_id = novasphere_compute_instance.it.id")),
				ExpectError: says(`the instance web is shutoff, and only a running one has a console: start it first (power_state = "active")`)},
			{Config: vc.Config("", plain("name = \"web\"\n  power_state = \"shutoff\""))},
		},
	})
}

// TestAccConsoleIsNowhereKept: no part of the ticket is in a state.
func TestAccConsoleIsNowhereKept(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ws := vc.NewWorkspace(t, vc.Wire(t), plain("name = \"web\"\n  wait_for_ip = \"0s\"")+`
ephemeral "novasphere_compute_console" "it" { instance_id = novasphere_compute_instance.it.id }
`)
	ws.Apply()
	ws.Must("plan", "-out=plan.bin", "-no-color")
	if calls := vc.Calls(); calls["AcquireTicket"] == 0 { // an apply of OpenTofu opens none that nothing refers to
		t.Errorf("no ticket was asked for: %v", calls)
	}
	for _, shown := range []string{ws.Must("show", "-json"), ws.Must("show", "-json", "plan.bin"), ws.Must("state", "pull")} {
		if strings.Contains(shown, "cst-") {
			t.Errorf("a ticket is in\n%s", shown)
		}
	}
	ws.Destroy()
}
