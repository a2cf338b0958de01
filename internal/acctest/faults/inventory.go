// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
)

// Inventory describes what a vCenter holds, one sorted line for each object: VMs with their records and devices, first class disks,
// folders, files, portgroups, booked ports, hosts, clusters with their groups and rules, custom attributes and tags; and what an NSX
// holds. Values that a server chooses anew each time (ids, MACs, times) are left out, so that two runs of the same configuration have
// equal inventories.
type Inventory []string

// look gathers an inventory.
type look struct {
	vc    *acctest.VCenter
	ctx   context.Context
	names map[types.ManagedObjectReference]string
	lines []string
	err   error
}

// Look reads the inventory of a vCenter, and of the NSX beside it if there is one.
func Look(ctx context.Context, vc *acctest.VCenter) (Inventory, error) {
	l := &look{vc: vc, ctx: ctx, names: map[types.ManagedObjectReference]string{}}
	for _, part := range []func(){l.entities, l.switches, l.machines, l.disks, l.fields, l.tags, l.files, l.libraries, l.segments} {
		if part(); l.err != nil {
			return nil, l.err
		}
	}
	slices.Sort(l.lines)
	return l.lines, nil
}

// chosen matches values that the server or the moment chooses. The name of a VM's own file may still be taken by one that is being
// deleted.
var chosen = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`), "<uuid>"},
	{regexp.MustCompile(`(?i)\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b`), "<mac>"},
	{regexp.MustCompile(`(?i)\b[0-9a-f]{2}(?: [0-9a-f]{2}){7}-[0-9a-f]{2}(?: [0-9a-f]{2}){7}`), "<uuid>"},
	{regexp.MustCompile(`(?i)\b(?:[0-9a-f]{2} ){7}[0-9a-f]{2}[- ](?:[0-9a-f]{2} ){7}[0-9a-f]{2}\b`), "<uuid>"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)`), "<time>"},
	{regexp.MustCompile(`"(sum|fingerprint)":"[0-9a-f]+"`), `"$1":"<hash>"`},
	{regexp.MustCompile(`,"tag_id":"[^"]+"`), ""}, // of a label
	{regexp.MustCompile(`(\bnovasphere[- ]|\.mark=|\.fingerprint=)[0-9a-f]{16,32}\b`), "$1<hash>"},
	{regexp.MustCompile(`"switch_port":"\d+"`), `"switch_port":"<port>"`},
	{regexp.MustCompile(`\b(vm|host|domain-c|dvportgroup|dvs|group-[a-z]|resgroup|datastore|network)-\d+\b`), "<$1>"},
}

// say adds a line.
func (l *look) say(format string, values ...any) {
	l.lines = append(l.lines, withoutChosen(fmt.Sprintf(format, values...)))
}

// withoutChosen names the values that the server or the moment chooses.
func withoutChosen(line string) string {
	for _, c := range chosen {
		line = c.pattern.ReplaceAllString(line, c.name)
	}
	return line
}

// text formats any value as JSON.
func text(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(out)
}

// all reads properties of every object of a kind.
func (l *look) all(kind string, properties []string, into any) {
	if l.err != nil {
		return
	}
	client := l.vc.Client().Client
	everything, err := view.NewManager(client).CreateContainerView(l.ctx, client.ServiceContent.RootFolder, []string{kind}, true)
	if err == nil {
		err = everything.Retrieve(l.ctx, []string{kind}, properties, into)
		_ = everything.Destroy(l.ctx)
	}
	if err != nil && !strings.Contains(err.Error(), "ManagedObjectNotFound") {
		l.err = fmt.Errorf("%s: %w", kind, err)
	}
}

// entities names every object by its path, and adds folders, hosts and clusters.
func (l *look) entities() {
	var all []mo.ManagedEntity
	l.all("ManagedEntity", []string{"name", "parent", "customValue"}, &all)
	parents := map[types.ManagedObjectReference]mo.ManagedEntity{}
	for _, e := range all {
		parents[e.Self] = e
	}
	for _, e := range all {
		name := e.Name
		for at := e.Parent; at != nil; at = parents[*at].Parent {
			name = path.Join(parents[*at].Name, name)
		}
		l.names[e.Self] = "/" + name
	}
	var hosts []mo.HostSystem
	l.all("HostSystem", []string{"runtime.inMaintenanceMode", "runtime.connectionState"}, &hosts)
	for _, h := range hosts {
		l.say("host %s maintenance=%v %s", l.names[h.Self], h.Runtime.InMaintenanceMode, h.Runtime.ConnectionState)
	}
	for _, e := range all {
		l.say("%s %s", e.Self.Type, l.names[e.Self])
		for _, v := range e.CustomValue {
			if value := v.(*types.CustomFieldStringValue).Value; value != "" {
				l.say("attribute of %s: %s", l.names[e.Self], value)
			}
		}
	}
	l.clusters()
}

// clusters adds groups and rules, with the names of their members.
func (l *look) clusters() {
	var clusters []mo.ClusterComputeResource
	l.all("ClusterComputeResource", []string{"configurationEx"}, &clusters)
	for _, c := range clusters {
		config, is := c.ConfigurationEx.(*types.ClusterConfigInfoEx)
		if !is {
			continue
		}
		l.say("cluster %s drs=%s ha=%s", l.names[c.Self], text(config.DrsConfig), text(config.DasConfig))
		for _, g := range config.Group {
			switch g := g.(type) {
			case *types.ClusterVmGroup:
				l.say("VM group %s of %s: %v", g.Name, l.names[c.Self], l.sorted(g.Vm))
			case *types.ClusterHostGroup:
				l.say("host group %s of %s: %v", g.Name, l.names[c.Self], l.sorted(g.Host))
			}
		}
		for _, rule := range config.Rule {
			info := rule.GetClusterRuleInfo()
			var members []types.ManagedObjectReference
			switch r := rule.(type) {
			case *types.ClusterAffinityRuleSpec:
				members = r.Vm
			case *types.ClusterAntiAffinityRuleSpec:
				members = r.Vm
			}
			l.say("rule %T %s of %s: %v enabled=%s mandatory=%s", rule, info.Name, l.names[c.Self], l.sorted(members), text(info.Enabled),
				text(info.Mandatory))
		}
	}
}

func (l *look) sorted(refs []types.ManagedObjectReference) (out []string) {
	for _, ref := range refs {
		out = append(out, l.names[ref])
	}
	slices.Sort(out)
	return out
}

// fields adds the definitions of custom attributes.
func (l *look) fields() {
	manager, err := object.GetCustomFieldsManager(l.vc.Client().Client)
	if err != nil {
		l.err = err
		return
	}
	var fields mo.CustomFieldsManager
	if l.err = property.DefaultCollector(l.vc.Client().Client).RetrieveOne(l.ctx, manager.Reference(), []string{"field"},
		&fields); l.err != nil {
		return
	}
	for _, f := range fields.Field {
		l.say("custom attribute %s of %s", f.Name, f.ManagedObjectType)
	}
}

// label prefixes the lines of objects that only people read. An instance is complete without its label: an apply that could not attach it
// warns, and nothing depends on it. So a label may be missing, but none may be left over.
const label = "label: "

// tags adds categories and tags.
func (l *look) tags() {
	client, err := l.vc.REST(l.ctx)
	if err != nil {
		l.err = err
		return
	}
	defer func() { _ = client.Logout(l.ctx) }()
	manager := tags.NewManager(client)
	categories, err := manager.GetCategories(l.ctx)
	if err != nil {
		l.err = err
		return
	}
	for _, c := range categories {
		l.say("%scategory %s", label, c.Name)
		all, err := manager.GetTagsForCategory(l.ctx, c.ID)
		if err != nil {
			l.err = err
			return
		}
		for _, tag := range all {
			l.say("%s%s of %s", label, tag.Name, c.Name)
		}
	}
}

// files adds the files on the datastores.
func (l *look) files() {
	for _, store := range []string{"[vmfs-1]", "[vmfs-2]"} {
		for _, file := range l.vc.Files(store) {
			if !strings.HasSuffix(file, "vmware.log") { // every start keeps a log
				l.say("file %s", file)
			}
		}
	}
}
