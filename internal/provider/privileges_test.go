// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

const restrictedUser = "restricted@vsphere.local"

// lived is the result of a life.
type lived struct {
	asked []privileges.Ask
	err   error
	said  string // errors and warnings
}

// live lives a life as a user with these privileges. With late set, wrong arguments fail the task instead of the call.
func (l life) live(t *testing.T, granted []privileges.Granted, late bool) (out lived) {
	t.Helper()
	lab := &laboratory{VCenter: acctest.Start(t, l.options), t: t}
	if l.before != nil {
		l.before(lab)
	}
	lab.Restricted(restrictedUser, granted)
	if late {
		lab.RefuseLate(restrictedUser)
	}
	var stages []protocol.Stage
	for i, config := range l.stages {
		stage := protocol.Stage{Config: lab.ConfigOf(restrictedUser, l.settings,
			strings.NewReplacer(lab.ids...).Replace(config))}
		if meanwhile := l.between[i]; meanwhile != nil {
			stage.Before = func() { meanwhile(lab) }
		}
		stages = append(stages, stage)
	}
	if last := l.between[len(stages)]; last != nil {
		stages = append(stages, protocol.Stage{Before: func() { last(lab) }})
	}
	recorder := &protocol.Recorder{}
	out.err = protocol.Life(t, recorder.Factories(acctest.Factories)["novasphere"], "novasphere_"+l.noun, stages...)
	for _, warning := range recorder.Warnings(protocol.Applying, "") {
		out.said += warning.Text + "\n"
	}
	out.said += fmt.Sprint(out.err)
	out.asked = lab.Asked(restrictedUser)
	return out
}

// needed returns the privileges that calls and their fields need, without those of every role. A call or field in no table is an error.
func needed(t *testing.T, asked []privileges.Ask) (out []privileges.Granted) {
	t.Helper()
	for _, ask := range asked {
		needs, known := privileges.Needs(ask)
		if !known {
			t.Errorf("nobody has looked up which privilege is needed for %s %s: add it to package privileges", ask.Call, ask.Field)
		}
		for _, n := range needs {
			g := privileges.Granted{On: n.On, Privilege: n.Privilege}
			if !privileges.Implied(n.Privilege) && !slices.Contains(out, g) {
				out = append(out, g)
			}
		}
	}
	return out
}

// TestAccPrivileges lives each noun's life with exactly the privileges of the documentation, and once without each of them: the table is
// sufficient, and each entry is needed. The error about a missing privilege names it and its object.
func TestAccPrivileges(t *testing.T) {
	t.Parallel()
	for _, l := range lives {
		t.Run(l.noun+" "+l.feature, func(t *testing.T) {
			t.Parallel()
			base, own := privileges.Of(l.noun), privileges.Of(l.noun)
			if l.feature != "" {
				own = slices.DeleteFunc(privileges.Of(l.noun, l.feature), func(g privileges.Granted) bool { return slices.Contains(base, g) })
			}
			if len(own) == 0 {
				t.Fatal("the table gives it nothing")
			}
			all := privileges.Of(l.noun, l.feature)
			enough := l.live(t, all, false)
			if enough.err != nil {
				t.Fatalf("the table's privileges are too few: %s", enough.err)
			}
			needs := needed(t, enough.asked)
			for _, g := range needs {
				if !slices.Contains(all, g) {
					t.Errorf("it asks for %s on %s, which the table does not give it", g.Privilege, g.On)
				}
			}
			for i, g := range own {
				if !slices.Contains(needs, g) {
					t.Errorf("it never asks for %s on %s, which the table gives it", g.Privilege, g.On)
					continue
				}
				l.without(t, all, g, i%2 == 1)
			}
		})
	}
}

// without lives a life without one privilege, which an error must name.
func (l life) without(t *testing.T, all []privileges.Granted, g privileges.Granted, late bool) {
	t.Helper()
	t.Run("without "+g.Privilege, func(t *testing.T) {
		rest := slices.DeleteFunc(slices.Clone(all), func(one privileges.Granted) bool { return one == g })
		lacking := l.live(t, rest, late)
		_, name, _ := strings.Cut(privileges.Name(g.Privilege), " > ")
		for _, part := range []string{"account", g.Privilege, name[strings.LastIndex(name, "> ")+1:]} {
			if !strings.Contains(lacking.said, strings.TrimSpace(part)) {
				t.Errorf("without it nothing tells of %q: %s", part, lacking.said)
			}
		}
	})
}

// TestPrivilegesHaveLives: every noun in the privileges' documentation is tested, and every noun that can be made is documented.
func TestPrivilegesHaveLives(t *testing.T) {
	t.Parallel()
	elsewhere := map[string]string{"compute_console": "", "compute_instance": privileges.NovaClones, // have their own tests
		"compute_instance_snapshot": "", "compute_instance_rescue": "", "compute_instance_unrescue": "", "compute_instance_shelve": "",
		"compute_instance_unshelve": "", "compute_instance_reboot": "", "compute_instance_power": "", "compute_instance_live_migrate": ""}
	for _, u := range privileges.Uses {
		told, is := elsewhere[u.Noun]
		if !slices.ContainsFunc(lives, func(l life) bool { return l.noun == u.Noun && l.feature == u.Feature }) && (!is || told != u.Feature) {
			t.Errorf("%s %s has no life here", u.Noun, u.Feature)
		}
	}
	for _, file := range examples(t) {
		kind := filepath.Base(filepath.Dir(file))
		if filepath.Base(file) == "resource.tf" && refusal(t, file) == "" && len(privileges.Of(strings.TrimPrefix(kind, "novasphere_"))) == 0 {
			t.Errorf("nothing is said of the privileges for %s", kind)
		}
	}
}

var calledMethod = regexp.MustCompile(`\bmethods\.(\w+)\(`)

// TestEveryCallHasPrivileges: even a call that no life makes is in the table.
func TestEveryCallHasPrivileges(t *testing.T) {
	t.Parallel()
	known, found := strings.Join(privileges.Calls(), " ")+" ", 0
	eachGoFile(t, func(file string) {
		if strings.HasSuffix(file, "_test.go") || !strings.HasPrefix(file, "internal/vcenter/") && !strings.HasPrefix(file, "internal/sdn/") {
			return
		}
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		endpoint := "" // whose calls all have the same privileges
		for path, kind := range map[string]string{"POST /vslm/sdk": "vslm", "POST /pbm": "pbm"} {
			if strings.Contains(string(text), `"github.com/vmware/govmomi/`+kind+`/methods"`) {
				endpoint = path
			}
		}
		for _, m := range calledMethod.FindAllStringSubmatch(string(text), -1) {
			call := cmp.Or(endpoint, "."+m[1])
			if found++; !strings.Contains(known, call+" ") {
				t.Errorf("%s calls %s, whose privileges nobody has looked up: add it to package privileges", file, m[1])
			}
		}
	})
	if found < 40 {
		t.Errorf("only %d calls found", found)
	}
}

// TestAccReadOnly: a user who may only read can use every data source.
func TestAccReadOnly(t *testing.T) {
	t.Parallel()
	lab := &laboratory{VCenter: acctest.Start(t, vcsim.Options{}), t: t}
	lab.admin("  security_groups = \"dvs\"\n  routers = \"physical\"\n", twoFlavors+netOnSwitch+subnetOn+group("")+outsideNet+
		routerOn("novasphere_networking_network.o.id", "")+
		"resource \"novasphere_compute_servergroup\" \"it\" {\n  name = \"g\"\n  policies = [\"anti-affinity\"]\n}\n")
	lab.Restricted(restrictedUser, nil)
	looks := theNet + theSubnet + theGroup
	for kind, arguments := range map[string]string{"compute_flavor": "name = \"p.small\"", "compute_servergroup": "name = \"g\"",
		"images_image": "name = \"debian-12\"", "networking_router": "name = \"p-router\"", "compute_availability_zones": "",
		"compute_hypervisors": "", "compute_instances": "", "compute_limits": "", "compute_services": "", "networking_networks": "",
		"networking_ports": ""} {
		looks += fmt.Sprintf("data \"novasphere_%s\" \"it\" { %s }\n", kind, arguments)
	}
	looks += "data \"novasphere_networking_gateway_intent\" \"it\" { router_id = data.novasphere_networking_router.it.id }\n"
	looks += "data \"novasphere_images_image\" \"library\" { name = \"" + vcsim.LibraryItem + "\" }\n"
	err := protocol.Made(t, acctest.Factories["novasphere"], lab.ConfigOf(restrictedUser,
		"  security_groups = \"dvs\"\n  routers = \"physical\"\n", looks))
	if err != nil {
		t.Error(err)
	}
	if needs := needed(t, lab.Asked(restrictedUser)); len(needs) > 0 {
		t.Errorf("looking things up needs %v", needs)
	}
}

// firstInstance is what an account for flavors, key pairs and instances is for.
const firstInstance = `
resource "novasphere_compute_flavor" "small" {
  name  = "m1.small"
  vcpus = 2
  ram   = 4096
  disk  = 20
}
resource "novasphere_compute_keypair" "ops" {
  name = "ops"
}
resource "novasphere_compute_instance" "web" {
  name        = "web"
  flavor_name = novasphere_compute_flavor.small.name
  image_name  = "debian-12"
  key_pair    = novasphere_compute_keypair.ops.name
  network {
    name = "public"
  }
}`

// TestAccRolesOfTheGuide: a vCenter takes what the shell makes of the guide's scripts, and an account that the first one makes is able to
// make an instance, to import it and to destroy it.
func TestAccRolesOfTheGuide(t *testing.T) {
	t.Parallel()
	scripts := fencedShell.FindAllStringSubmatch(privileges.Roles(), -1)
	if len(scripts) != 2 {
		t.Fatalf("there are %d scripts", len(scripts))
	}
	const account = "novasphere@vsphere.local"
	for i, script := range scripts {
		vc := acctest.Start(t, vcsim.Options{})
		roles, err := vc.Govc(account, commandsOf(t, strings.Replace(script[1], "DC=/dc1 ", "DC="+vc.Datacenter(1)+" ", 1)))
		if err != nil || len(roles) != 5 {
			t.Fatalf("script %d makes %d roles: %v", i+1, len(roles), err)
		}
		for name, ids := range roles {
			if !slices.Contains(ids, "System.Read") {
				t.Errorf("the role %s cannot read", name)
			}
		}
		if i > 0 {
			continue
		}
		if err := protocol.Life(t, acctest.Factories["novasphere"], "novasphere_compute_instance",
			protocol.Stage{Config: vc.ConfigOf(account, "", firstInstance)}); err != nil {
			t.Error(err)
		}
	}
}

// fencedShell matches a shell script in Markdown.
var fencedShell = regexp.MustCompile("(?s)```shell\n(.*?)```")

// commandsOf returns the arguments of each govc that a script calls, as the shell makes them of it.
func commandsOf(t *testing.T, script string) (all [][]string) {
	t.Helper()
	shell := exec.CommandContext(t.Context(), "sh", "-euc", "govc() { printf '%s\\n' \"$@\"; echo; }\n"+script)
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for call := range strings.SplitSeq(strings.TrimSpace(string(out)), "\n\n") {
		all = append(all, strings.Split(call, "\n"))
	}
	return all
}
