// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// nova is an OpenStack cloud that knows some servers: as much of its identity and compute services as the comparison with a vCenter asks.
type nova struct {
	*httptest.Server
	listed  []string       // the ids that its list of servers has
	alone   map[string]int // by id: the status with which a server that the list leaves out is answered; none: 404
	page    int            // how many servers are on a page
	refuses func(w http.ResponseWriter, r *http.Request) bool

	mu    sync.Mutex
	calls []string
}

// openstackOf starts a cloud until the test ends.
func openstackOf(t *testing.T, n *nova) *nova {
	t.Helper()
	n.Server = httptest.NewServer(n)
	t.Cleanup(n.Close)
	return n
}

// block returns the provider's block openstack that leads to it.
func (n *nova) block() map[string]any {
	return map[string]any{"openstack": map[string]any{"auth_url": n.URL + "/v3", "user_name": "admin", "password": "s3cret",
		"tenant_name": "admin", "user_domain_name": "Default", "project_domain_name": "Default"}}
}

// ServeHTTP answers as Keystone and Nova do.
func (n *nova) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	n.calls = append(n.calls, r.Method+" "+r.URL.Path)
	n.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case n.refuses != nil && n.refuses(w, r):
	case r.URL.Path == "/v3/auth/tokens":
		endpoint := map[string]any{"id": "e", "interface": "public", "region": "one", "region_id": "one", "url": n.URL + "/v2.1"}
		w.Header().Set("X-Subject-Token", "gAAAA")
		w.WriteHeader(http.StatusCreated)
		write(w, map[string]any{"token": map[string]any{"expires_at": time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000000Z"),
			"catalog": []any{map[string]any{"id": "c", "type": "compute", "name": "nova", "endpoints": []any{endpoint}}}}})
	case r.URL.Path == "/v2.1/servers/detail":
		n.list(w, r)
	default:
		n.one(w, strings.TrimPrefix(r.URL.Path, "/v2.1/servers/"))
	}
}

// list answers with one page of servers.
func (n *nova) list(w http.ResponseWriter, r *http.Request) {
	from := slices.Index(n.listed, r.URL.Query().Get("marker")) + 1
	end := len(n.listed)
	body := map[string]any{}
	if n.page > 0 && from+n.page < end {
		end = from + n.page
		query := r.URL.Query()
		query.Set("marker", n.listed[end-1])
		body["servers_links"] = []any{map[string]any{"rel": "next", "href": n.URL + r.URL.Path + "?" + query.Encode()}}
	}
	servers := []any{}
	for _, id := range n.listed[from:end] {
		servers = append(servers, map[string]any{"id": id, "name": "n-" + id, "status": "ACTIVE", "tenant_id": "p"})
	}
	body["servers"] = servers
	write(w, body)
}

// one answers with one server.
func (n *nova) one(w http.ResponseWriter, id string) {
	status := n.alone[id]
	if slices.Contains(n.listed, id) {
		status = http.StatusOK
	}
	switch status {
	case http.StatusOK:
		write(w, map[string]any{"server": map[string]any{"id": id, "status": "UNKNOWN"}})
	case 0:
		w.WriteHeader(http.StatusNotFound)
		write(w, map[string]any{"itemNotFound": map[string]any{"code": 404, "message": "Instance " + id + " could not be found."}})
	default:
		w.WriteHeader(status)
		write(w, map[string]any{"computeFault": map[string]any{"code": status, "message": "gAAAA"}})
	}
}

func write(w http.ResponseWriter, body any) { _ = json.NewEncoder(w).Encode(body) }

// asked counts the calls of a path.
func (n *nova) asked(part string) (times int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, call := range n.calls {
		if strings.Contains(call, part) {
			times++
		}
	}
	return times
}

// novaID is the id of a machine of Nova's.
func novaID(i int) string { return fmt.Sprintf("5f0a6a3e-7c1b-4a52-9f57-%012d", i) }

// novaMachines makes machines of Nova's in the folders of two projects, and one that is nobody's.
func novaMachines(vc *acctest.VCenter, n int) {
	for i := range n {
		vc.Make(fmt.Sprintf("OpenStack/Project (p%d)/Instances", i%2), types.VirtualMachineConfigSpec{Name: fmt.Sprintf("m-%d", i),
			InstanceUuid: novaID(i), GuestId: "otherGuest",
			ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: "nvp.vm-uuid", Value: novaID(i)}}})
	}
	vc.Make("OpenStack/Project (p0)/Instances", types.VirtualMachineConfigSpec{Name: "nobodys", GuestId: "otherGuest"})
}

// TestOrphans: those of Nova's machines that no project of the cloud has, whatever page of the list they would be on, and whether the list
// has them or not; neither an instance of this provider's nor a machine that Nova has not made.
func TestOrphans(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	novaMachines(vc, 7)
	own := vc.Provider(t, nil)
	own.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.own", "vcpus": 1, "ram": 512, "disk": 20}, protocol.Object{})
	own.Bring(instances, map[string]any{"name": "m-own", "flavor_name": "m1.own", "image_name": "debian-12", "wait_for_ip": "0s"},
		protocol.Object{})
	for name, c := range map[string]struct {
		cloud   *nova
		filters map[string]any
		orphans []string
		pages   int
		warns   string
	}{
		"some are known":    {&nova{listed: ids(0, 1, 2, 3, 4)}, nil, []string{"m-5", "m-6"}, 1, ""},
		"on several pages":  {&nova{listed: ids(0, 1, 2, 3, 4), page: 2}, nil, []string{"m-5", "m-6"}, 3, ""},
		"known in capitals": {&nova{listed: []string{strings.ToUpper(novaID(1))}}, nil, names(0, 2, 3, 4, 5, 6), 1, ""},
		"in one project's folder": {&nova{listed: ids(1, 2, 3, 4)}, map[string]any{"project": "Project (p1)/Instances"}, []string{"m-5"}, 1,
			""},
		"by name":       {&nova{listed: ids(0, 2, 4)}, map[string]any{"name_regex": "[135]$"}, []string{"m-1", "m-3", "m-5"}, 1, ""},
		"all are known": {&nova{listed: ids(0, 1, 2, 3, 4, 5, 6)}, nil, []string{}, 1, ""},
		"none is known": {&nova{}, nil, names(0, 1, 2, 3, 4, 5, 6), 1, "another region"},
		"the list leaves some out": {&nova{listed: ids(0, 1, 2), alone: map[string]int{novaID(3): 200, novaID(4): 200}}, nil,
			[]string{"m-5", "m-6"}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud := openstackOf(t, c.cloud)
			filters := map[string]any{"orphans": true}
			for key, value := range c.filters {
				filters[key] = value
			}
			p := vc.Provider(t, cloud.block())
			all, said := p.List(instances, filters, 0, false)
			found := []string{}
			for _, one := range all {
				found = append(found, one.Name)
				if !strings.HasSuffix(one.Identity["id"], strings.TrimPrefix(one.Name, "m-")) {
					t.Errorf("%s has the id %s", one.Name, one.Identity["id"])
				}
			}
			if !slices.Equal(found, c.orphans) || cloud.asked("/servers/detail") != c.pages {
				t.Errorf("the orphans are %v and not %v, of %d pages", found, c.orphans, cloud.asked("/servers/detail"))
			}
			if compared := comparedOrphans(t, p); c.filters == nil && !slices.Equal(compared, c.orphans) {
				t.Errorf("the data source compares and finds %v", compared)
			}
			if warned := fmt.Sprint(said); c.warns == "" && len(said) > 0 || !strings.Contains(warned, c.warns) || len(protocol.Errors(said)) > 0 {
				t.Errorf("it says %s", warned)
			}
		})
	}
}

// comparedOrphans are the names of the orphans that the data source of instances finds.
func comparedOrphans(t *testing.T, p *protocol.Provider) []string {
	t.Helper()
	found, said := p.Query("novasphere_compute_instances", map[string]any{"compare_with": "openstack"})
	var all []tftypes.Value
	if err := found["orphans"].As(&all); err != nil || len(protocol.Errors(said)) > 0 {
		t.Fatal(err, said)
	}
	out := []string{}
	for _, one := range all {
		var orphan map[string]tftypes.Value
		var name string
		err := one.As(&orphan)
		if err == nil {
			err = orphan["name"].As(&name)
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, name)
	}
	return out
}

func ids(of ...int) (out []string) {
	for _, i := range of {
		out = append(out, novaID(i))
	}
	return out
}

func names(of ...int) (out []string) {
	for _, i := range of {
		out = append(out, fmt.Sprintf("m-%d", i))
	}
	return out
}

// answering refuses the calls of a path with a status and a body.
func answering(part string, status int, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.RequestURI(), part) {
			return false
		}
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return true
	}
}

// TestOrphansUncertain: a cloud that refuses, is down, or answers in part makes no machine an orphan: the list is an error that tells which
// cloud did not answer what, and nothing of its secrets.
func TestOrphansUncertain(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	novaMachines(vc, 5)
	some := func(refuses func(http.ResponseWriter, *http.Request) bool) *nova {
		return &nova{listed: ids(0, 1, 2), page: 2, refuses: refuses}
	}
	for name, c := range map[string]struct {
		cloud *nova
		says  string
	}{
		"the user may see one project": {some(answering("all_tenants=1", 403, `{"forbidden": {"message": "Policy doesn't allow it"}}`)),
			"shows this user those of one project alone"},
		"the user is refused":          {some(answering("/auth/tokens", 401, `{"error": {"message": "gAAAA"}}`)), `refuses the user "admin"`},
		"the identity service is down": {some(answering("/auth/tokens", 503, "")), "is busy or down"},
		"the compute service is down":  {some(answering("/servers", 503, "")), "is busy or down"},
		"it fails":                     {some(answering("/servers", 500, "gAAAA")), "failed (500"},
		"it fails at the second page":  {some(answering("marker=", 500, "")), "failed (500"},
		"it answers something else":    {some(answering("/servers/detail", 200, "<html>")), "not as an OpenStack service does"},
		"it answers nothing":           {some(answering("/servers/detail", 200, "{}")), "not as an OpenStack service does"},
		"it answers with no list":      {some(answering("/servers/detail", 200, `{"servers": null}`)), "not as an OpenStack service does"},
		"a cell does not answer": {&nova{listed: ids(0, 1, 2), alone: map[string]int{novaID(4): 500}}, "was asked for its server " +
			novaID(4)},
		"another answers for a server": {&nova{listed: ids(0, 1), refuses: answering("/servers/5", 200, "{}")}, "answered with something else"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud := openstackOf(t, c.cloud)
			uncertain(t, vc.Provider(t, cloud.block()), c.says)
		})
	}
	t.Run("nobody is there", func(t *testing.T) {
		t.Parallel()
		cloud := openstackOf(t, &nova{})
		cloud.Close()
		uncertain(t, vc.Provider(t, cloud.block()), "cannot be reached")
	})
}

// uncertain fails the test unless the list of orphans and the comparison are errors.
func uncertain(t *testing.T, p *protocol.Provider, says string) {
	t.Helper()
	all, said := p.List(instances, map[string]any{"orphans": true}, 0, true)
	text := fmt.Sprint(said)
	if len(all) > 0 || len(protocol.Errors(said)) != 1 || len(said) != 1 || !strings.Contains(text, says) ||
		!strings.Contains(text, "the OpenStack cloud") {
		t.Errorf("%d orphans, and not %q: %s", len(all), says, text)
	}
	_, said = p.Query("novasphere_compute_instances", map[string]any{"compare_with": "openstack"})
	if len(protocol.Errors(said)) != 1 || !strings.Contains(fmt.Sprint(said), says) {
		t.Errorf("the data source does not say %q: %v", says, said)
	}
	text += fmt.Sprint(said)
	if strings.Contains(text, "s3cret") || strings.Contains(text, "gAAAA") {
		t.Errorf("a secret is told: %s", text)
	}
}

// TestOrphansWithoutACloud: without the block openstack the filter is refused, and the vCenter is not asked for machines.
func TestOrphansWithoutACloud(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	novaMachines(vc, 1)
	p := vc.Provider(t, nil)
	vc.ResetCalls()
	all, said := p.List(instances, map[string]any{"orphans": true}, 0, false)
	if len(all) > 0 || len(said) != 1 || said[0].Attribute != "orphans" || !strings.Contains(said[0].Text, "no block openstack") {
		t.Errorf("%v, %v", all, said)
	}
	if calls := vc.Calls(); calls["RetrievePropertiesEx"] > 0 {
		t.Errorf("the calls are %v", calls)
	}
	if all, said := p.List(instances, map[string]any{"orphans": false, "unmanaged": true}, 0, false); len(all) != 2 || len(said) > 0 {
		t.Errorf("%v, %v", all, said)
	}
}
