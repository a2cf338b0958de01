// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// led matches the line that leads a floating IP to an address.
var led = regexp.MustCompile(`ip daddr (203\.0\.113\.\d+) dnat ip to (\S+)\n`)

// TestAccPhysicalGateway applies the example: after one apply what the gateway is told has all that this apply made, and so after one
// floating IP more; second plans are empty, and nft accepts the ruleset.
func TestAccPhysicalGateway(t *testing.T) {
	t.Parallel()
	const one = `{ web-1 = "10.20.0.11" }`
	const two = `{ web-1 = "10.20.0.11", web-2 = "10.20.0.12" }`
	example := configuration(t, filepath.Join(root, "examples", "physical-gateway", "main.tf"))
	if !strings.Contains(example, one) {
		t.Fatalf("the example publishes something other than %s", one)
	}
	vc := acctest.Start(t, vcsim.Options{})
	ws := vc.NewWorkspace(t, vc.Wire(t), example)
	ws.Apply()
	links, ruleset := ws.Must("output", "-no-color", "-raw", "links"), ws.Must("output", "-no-color", "-raw", "ruleset")
	ws.PlanIsEmpty()
	first := translated(t, vc, ruleset, "10.20.0.11")
	for _, line := range []string{"link add link eth1 name eth1.120 type vlan id 120", "link add link eth1 name eth1.110 type vlan id 110",
		"address replace 10.20.0.1/24 dev eth1.120", "address replace 203.0.113.2/28 dev eth1.110",
		"address replace " + first["10.20.0.11"] + "/32 dev eth1.110", "address replace 203.0.113.14/32 dev eth1.110",
		"route replace default via 203.0.113.1 dev eth1.110", "route replace 10.40.0.0/16 via 10.20.0.253"} {
		if !strings.Contains(links, line+"\n") {
			t.Errorf("ip is not told %q:\n%s", line, links)
		}
	}
	for _, line := range []string{`elements = { "eth1.120" }`, `elements = { "eth1.110" }`, "elements = { 10.20.0.11/32, 10.20.0.20/32 }",
		"ip daddr 203.0.113.14 tcp dport 2222 dnat ip to 10.20.0.20:22",
		"ip saddr { 10.20.0.0/24 } oifname @outside snat ip to 203.0.113.2",
		"ip saddr 10.20.0.0/24 oifname @inside ct status dnat masquerade"} {
		if !strings.Contains(ruleset, line+"\n") {
			t.Errorf("nft is not told %q:\n%s", line, ruleset)
		}
	}
	for _, rule := range []string{"ip daddr { 10.20.0.11/32, 10.20.0.20/32 } meta l4proto 6 th dport 443-443 return",
		"ip daddr { 10.20.0.11/32, 10.20.0.20/32 } ip saddr { 198.51.100.0/24 } meta l4proto 6 th dport 22-22 return",
		"ip daddr { 10.20.0.11/32, 10.20.0.20/32 } ip saddr { 10.20.0.11/32, 10.20.0.20/32 } meta l4proto 1 icmp type 8 icmp code 0 return",
		"ip saddr { 10.20.0.11/32, 10.20.0.20/32 } return"} {
		if strings.Count(ruleset, "    "+rule+" comment") != 1 {
			t.Errorf("nft is not told once %q:\n%s", rule, ruleset)
		}
	}

	ws.Configure(strings.Replace(example, one, two, 1))
	ws.Apply()
	ruleset = ws.Must("output", "-no-color", "-raw", "ruleset")
	ws.PlanIsEmpty()
	if more := translated(t, vc, ruleset, "10.20.0.11", "10.20.0.12"); more["10.20.0.11"] != first["10.20.0.11"] {
		t.Errorf("%v became %v", first, more)
	}
	t.Run("nft", func(t *testing.T) { accepted(t, ruleset) })
	handedOver(t, vc, ws, strings.Replace(example, one, two, 1))
	ws.Destroy()
	if left := vc.Records(); left != "" {
		t.Errorf("records are left:\n%s", left)
	}
}

// translated returns the floating IPs of a ruleset by the addresses that they lead to, which are those named. Each is translated both
// ways, and recorded.
func translated(t *testing.T, vc *acctest.VCenter, ruleset string, fixed ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, m := range led.FindAllStringSubmatch(ruleset, -1) {
		out[m[2]] = m[1]
	}
	if len(out) != len(fixed) {
		t.Fatalf("floating IPs lead to %v, not to %q:\n%s", out, fixed, ruleset)
	}
	for _, address := range fixed {
		if back := "ip saddr " + address + " oifname @outside snat ip to " + out[address] + "\n"; !strings.Contains(ruleset, back) {
			t.Errorf("%q is missing:\n%s", back, ruleset)
		}
		if !strings.Contains(vc.Records(), `"address":"`+out[address]+`"`) {
			t.Errorf("the address %q of %s is not recorded", out[address], address)
		}
	}
	return out
}

// accepted has nft check a ruleset. Without it, or where it may not, the test is skipped.
func accepted(t *testing.T, ruleset string) {
	t.Helper()
	nft, err := exec.LookPath("nft")
	if err != nil {
		t.Skip("there is no nft: make nftables installs it")
	}
	check := exec.CommandContext(t.Context(), nft, "-c", "-f", "-")
	check.Stdin = strings.NewReader(ruleset)
	out, err := check.CombinedOutput()
	if strings.Contains(string(out), "Operation not permitted") {
		t.Skip("nft may not check rulesets here: it needs root")
	}
	if err != nil {
		t.Errorf("nft refuses the ruleset: %v\n%s\n%s", err, out, ruleset)
	}
}

// handedOver applies what the guide shows of routers with a Terraform provider, VyOS in the example's own configuration and RouterOS in a
// second one. Each resource of such a provider becomes a terraform_data of the same arguments.
func handedOver(t *testing.T, vc *acctest.VCenter, ws *acctest.Workspace, example string) {
	t.Helper()
	blocks := map[string]string{}
	for _, block := range fenced.FindAllStringSubmatch(textOf(t, gatewayGuide), -1) {
		for _, kind := range []string{"vyos_config", "routeros_ip_firewall_nat"} {
			if strings.Contains(block[1], "resource \""+kind+"\"") {
				blocks[kind] = stoodIn(block[1])
			}
		}
	}
	if len(blocks) != 2 {
		t.Fatalf("the guide shows %d routers that have a provider", len(blocks))
	}
	_, nat, _ := strings.Cut(blocks["vyos_config"], "  out ")
	ws.Configure(example + "\nlocals {\n  out " + nat + "output \"nat\" { value = terraform_data.nat.output.value }\n")
	ws.Apply()
	said := ws.Must("output", "-no-color", "-raw", "nat")
	for _, part := range []string{`"inbound-interface":{"name":"eth1.110"},"translation":{"address":"10.20.0.11"}`,
		`"protocol":"tcp","translation":{"address":"10.20.0.20","port":"22"}`,
		`"source":{"address":"10.20.0.0/24"},"translation":{"address":"203.0.113.2"}`} {
		if !strings.Contains(said, part) {
			t.Errorf("VyOS is not told %s:\n%s", part, said)
		}
	}
	ws.PlanIsEmpty()
	second := vc.NewWorkspace(t, vc.Wire(t), blocks["routeros_ip_firewall_nat"], "NOVASPHERE_ROUTERS=physical",
		"NOVASPHERE_SECURITY_GROUPS=physical")
	if out := second.Apply(); !strings.Contains(out, " 10 added,") {
		t.Errorf("RouterOS gets something other than 2 VLANs, an address, a route, two rules for each floating IP, one for each forwarding and "+
			"one for sources:\n%s", out)
	}
	second.PlanIsEmpty()
}

// gatewayGuide is the guide that shows what becomes of an intent.
const gatewayGuide = "templates/guides/routers-beside-a-physical-gateway.md.tmpl"

var (
	ofARouter = regexp.MustCompile(`(?ms)^resource "(?:vyos|routeros)_\w+" ("\w+") \{\n(.*?)^\}\n`)
	metaOf    = regexp.MustCompile(`(?m)^  (?:for_each|depends_on) .*\n`)
	named     = regexp.MustCompile(`routeros_\w+\.(\w+)(\[[^\]]*\])\.name`)
	bare      = regexp.MustCompile(`routeros_\w+\.(\w+)`)
)

// stoodIn makes each resource of a router's provider a terraform_data of the same name, whose input has its arguments.
func stoodIn(text string) string {
	text = ofARouter.ReplaceAllStringFunc(text, func(block string) string {
		m := ofARouter.FindStringSubmatch(block)
		return "resource \"terraform_data\" " + m[1] + " {\n" + strings.Join(metaOf.FindAllString(m[2], -1), "") + "  input = {\n" +
			metaOf.ReplaceAllString(m[2], "") + "  }\n}\n"
	})
	return bare.ReplaceAllString(named.ReplaceAllString(text, "terraform_data.$1$2.output.name"), "terraform_data.$1")
}
