// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"fmt"
	"maps"
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
			needs := acctest.Needed(t, enough.asked)
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

// TestPrivilegesHaveLives: every resource in the privileges' documentation is tested here, and every resource, ephemeral resource and
// action that asks a vCenter for more than to read is documented. Actions and looks are tested beside what they do: TestActionPrivileges,
// TestActionPrivilegesOfSnapshotsAndRescues, TestRefreshPrivileges, TestRefusedConsole and TestAccLooks.
func TestPrivilegesHaveLives(t *testing.T) {
	t.Parallel()
	for _, u := range privileges.Uses {
		if u.Kind == privileges.Resource && u.Feature != privileges.NovaClones &&
			!slices.ContainsFunc(lives, func(l life) bool { return l.noun == u.Noun && l.feature == u.Feature }) {
			t.Errorf("%s %s has no life here", u.Noun, u.Feature)
		}
	}
	for _, file := range examples(t) {
		kind := filepath.Base(filepath.Dir(file))
		if filepath.Base(file) == "resource.tf" && refusal(t, file) == "" && len(privileges.Of(strings.TrimPrefix(kind, "novasphere_"))) == 0 {
			t.Errorf("nothing is said of the privileges for %s", kind)
		}
	}
	all := schemas(t)
	told := map[privileges.Kind]map[string]bool{privileges.Action: {}, privileges.Ephemeral: {"compute_keypair": true}} // asks no vCenter
	for _, u := range privileges.Uses {
		if told[u.Kind] != nil {
			told[u.Kind][u.Noun] = true
		}
	}
	missing := func(kind privileges.Kind, names []string) {
		t.Helper()
		slices.Sort(names)
		if has := slices.Sorted(maps.Keys(told[kind])); !slices.Equal(names, has) {
			t.Errorf("the table has each %s of %v, and there are %v", kind, has, names)
		}
	}
	missing(privileges.Action, nounsOf(all.ActionSchemas))
	missing(privileges.Ephemeral, nounsOf(all.EphemeralResourceSchemas))
}

// nounsOf returns the names of types without the provider's prefix.
func nounsOf[V any](of map[string]V) (out []string) {
	for name := range of {
		out = append(out, strings.TrimPrefix(name, "novasphere_"))
	}
	return out
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
			theRest(t, vc, account)
			continue
		}
		if err := protocol.Life(t, acctest.Factories["novasphere"], "novasphere_compute_instance",
			protocol.Stage{Config: vc.ConfigOf(account, "", firstInstance)}); err != nil {
			t.Error(err)
		}
		eachInstanceAction(t, vc, account)
	}
}

// acting returns a provider of an account, and a function that has it carry an action out.
func acting(t *testing.T, vc *acctest.VCenter, account string) (*protocol.Provider, func(action string, config map[string]any)) {
	t.Helper()
	p := protocol.Configured(t, acctest.Factories["novasphere"], vc.SettingsOf(account))
	return p, func(action string, config map[string]any) {
		t.Helper()
		if said := protocol.Errors(p.Invoke("novasphere_"+action, config).Said); len(said) > 0 {
			t.Errorf("%s as %s: %v", action, account, said)
		}
	}
}

// bornOf has an account make an instance of an image, and returns its id and the image's.
func bornOf(t *testing.T, p *protocol.Provider, image string) (id, imageID string) {
	t.Helper()
	const flavor, instance = "novasphere_compute_flavor", "novasphere_compute_instance"
	p.Bring(flavor, map[string]any{"name": "m1.tiny", "vcpus": 1, "ram": 512, "disk": 20}, p.None(flavor))
	web := p.Bring(instance, map[string]any{"name": "web", "flavor_name": "m1.tiny", "image_name": image, "wait_for_ip": "0s",
		"network": []any{map[string]any{"name": "public"}}}, p.None(instance))
	return web.Text("id"), web.Text("image_id")
}

// eachInstanceAction has the account of the first script do every action on an instance, but for reading a console log, for which a serial
// port is lacking: the account may all that the table says of it.
func eachInstanceAction(t *testing.T, vc *acctest.VCenter, account string) {
	t.Helper()
	p, act := acting(t, vc, account)
	id, _ := bornOf(t, p, "debian-12")
	done := map[string]bool{"compute_instance_console_log": true}
	for _, one := range []struct {
		action string
		more   map[string]any
	}{
		{"reboot", map[string]any{"type": "hard"}}, {"power", map[string]any{"state": "suspended"}},
		{"power", map[string]any{"state": "active"}}, {"live_migrate", nil},
		{"snapshot", map[string]any{"operation": "create", "name": "before"}},
		{"snapshot", map[string]any{"operation": "delete", "name": "before"}},
		{"rescue", nil}, {"unrescue", nil}, {"shelve", nil}, {"unshelve", nil}, {"power", map[string]any{"state": "shutoff"}},
	} {
		config := map[string]any{"instance_id": id}
		maps.Copy(config, one.more)
		act("compute_instance_"+one.action, config)
		done["compute_instance_"+one.action] = true
	}
	for name := range schemas(t).ActionSchemas {
		if noun := strings.TrimPrefix(name, "novasphere_"); strings.HasPrefix(noun, "compute_instance_") && !done[noun] {
			t.Errorf("%s does not do %s", account, noun)
		}
	}
}

// theRest has the account of the second script evacuate a compute node and refresh an image, which is for those who manage them.
func theRest(t *testing.T, vc *acctest.VCenter, account string) {
	t.Helper()
	p, act := acting(t, vc, account)
	_, image := bornOf(t, p, vcsim.LibraryItem)
	for _, host := range vc.Hosts() {
		act("compute_node_evacuate", map[string]any{"node_id": host.Name})
	}
	act("images_image_refresh", map[string]any{"image_id": image})
	if left := vc.VMs("novasphere/novasphere-image-*"); len(left) > 0 {
		t.Errorf("%d copies are left", len(left))
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
