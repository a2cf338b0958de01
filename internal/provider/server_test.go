// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

// twins sends each request to the framework's server too, and compares its response with that of the provider's own.
type twins struct {
	tfprotov6.ProviderServer
	frameworks tfprotov6.ProviderServer
	t          *testing.T
	types      *tfprotov6.GetProviderSchemaResponse
	configured *tfprotov6.ConfigureProviderRequest
	identities map[string]*tfprotov6.ResourceIdentitySchema
	compared   map[string]int // calls, by method and type
}

// ConfigureProvider configures both.
func (w *twins) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse,
	error) {
	w.configured = req
	resp, err := w.ProviderServer.ConfigureProvider(ctx, req)
	if err == nil {
		_, err = w.frameworks.ConfigureProvider(ctx, req)
	}
	return resp, err
}

// ApplyResourceChange applies once. The framework's server does not take part, so it starts anew without its earlier plans.
func (w *twins) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse,
	error) {
	resp, err := w.ProviderServer.ApplyResourceChange(ctx, req)
	if err == nil {
		_, err = w.frameworks.ConfigureProvider(ctx, w.configured)
	}
	return resp, err
}

// ReadResource reads twice.
func (w *twins) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	resp, err := w.ProviderServer.ReadResource(ctx, req)
	other, failed := w.frameworks.ReadResource(ctx, req)
	w.compare("read "+req.TypeName, resp, err, other, failed)
	return resp, err
}

// PlanResourceChange plans twice.
func (w *twins) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse,
	error) {
	resp, err := w.ProviderServer.PlanResourceChange(ctx, req)
	other, failed := w.frameworks.PlanResourceChange(ctx, req)
	w.compare("plan "+req.TypeName, resp, err, other, failed)
	return resp, err
}

func (w *twins) compare(call string, own any, err error, frameworks any, failed error) {
	w.t.Helper()
	w.compared[call]++
	if err != nil || failed != nil {
		w.t.Fatalf("%s: %v, %v", call, err, failed)
	}
	one, other := reflect.ValueOf(own).Elem(), reflect.ValueOf(frameworks).Elem()
	for i := range one.NumField() {
		if a, b := w.shown(call, one.Field(i)), w.shown(call, other.Field(i)); a != b {
			w.t.Errorf("%s: %s differs:\n%s\n%s", call, one.Type().Field(i).Name, a, b)
		}
	}
}

// shown formats a part of a response, with the elements of sets sorted.
func (w *twins) shown(call string, part reflect.Value) string {
	w.t.Helper()
	switch v := part.Interface().(type) {
	case []*tfprotov6.Diagnostic:
		var lines []string
		for _, d := range v {
			lines = append(lines, fmt.Sprintf("%s %s %s: %s", d.Severity, d.Attribute, d.Summary, d.Detail))
		}
		return strings.Join(lines, "\n")
	case *tfprotov6.DynamicValue:
		value, err := v.Unmarshal(w.types.ResourceSchemas[strings.Fields(call)[1]].ValueType())
		if err != nil {
			w.t.Fatal(err)
		}
		return ordered(value).String()
	case *tfprotov6.ResourceIdentityData:
		if v == nil {
			return "none"
		}
		value, err := v.IdentityData.Unmarshal(w.identities[strings.Fields(call)[1]].ValueType())
		if err != nil {
			w.t.Fatal(err)
		}
		return value.String()
	case []byte:
		return string(v)
	}
	return fmt.Sprint(part.Interface())
}

// ordered returns a value with its sets sorted.
func ordered(v tftypes.Value) tftypes.Value {
	out, err := tftypes.Transform(v, func(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		var elements []tftypes.Value
		if _, set := v.Type().(tftypes.Set); !set || v.IsNull() || !v.IsKnown() {
			return v, nil
		}
		if err := v.As(&elements); err != nil {
			return v, err
		}
		elements = slices.SortedFunc(slices.Values(elements), func(a, b tftypes.Value) int { return strings.Compare(a.String(), b.String()) })
		return tftypes.NewValue(v.Type(), elements), nil
	})
	if err != nil {
		panic(err)
	}
	return out
}

// TestServerAnswersAsTheFramework makes, reads, plans and changes one object of each noun. The responses of the provider's own server
// equal the framework's.
func TestServerAnswersAsTheFramework(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	served := provider.New("test")
	t.Cleanup(func() { _ = served.Close(context.WithoutCancel(t.Context())) })
	own, frameworks := served.Servers()
	types, err := own.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	identities, err := own.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	w := &twins{ProviderServer: own, frameworks: frameworks, t: t, types: types, identities: identities.IdentitySchemas,
		compared: map[string]int{}}
	ids := map[string]string{}
	var p *protocol.Provider
	for _, n := range nouns {
		// Configured anew, because what the noun before has only planned would count for later plans.
		p = protocol.Configured(t, func() (tfprotov6.ProviderServer, error) { return w, nil },
			vc.Settings(map[string]any{"security_groups": "dvs"}))
		kind := "novasphere_" + n.kind
		config := n.config(ids)
		made := p.Bring(kind, config, p.None(kind))
		read, said := p.Read(made)
		if len(protocol.Errors(said)) > 0 || !read.Exists() {
			t.Fatalf("%s: %v", kind, said)
		}
		if same := p.Plan(kind, config, read); len(same.Errors()) > 0 || same.Action != protocol.Nothing {
			t.Errorf("%s: the plan of what is there is to %s it: %v", kind, same.Action, same.Diagnostics)
		}
		for name, value := range n.other {
			changed := maps.Clone(config)
			changed[name] = value
			p.Plan(kind, changed, read)
			p.Plan(kind, changed, p.None(kind))
		}
		ids[n.kind] = read.Text("id")
		if w.compared["read "+kind] == 0 || w.compared["plan "+kind] < 2 {
			t.Errorf("%s: nothing was compared: %v", kind, w.compared)
		}
	}
	gone := p.Bring("novasphere_compute_keypair", map[string]any{"name": "gone"}, p.None("novasphere_compute_keypair"))
	p.Destroy(gone)
	if left, _ := p.Read(gone); left.Exists() {
		t.Error("a key pair that is gone is still read")
	}
}

// TestWriteOnlyArgumentsKeepPlansShort: an instance with write-only arguments, those of its blocks included, is planned without the
// framework, when it is new and when nothing changes. Terraform proposes the values as they are written.
func TestWriteOnlyArgumentsKeepPlansShort(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	served := provider.New("test")
	t.Cleanup(func() { _ = served.Close(context.WithoutCancel(t.Context())) })
	server, left := served.Counting()
	p := protocol.Configured(t, func() (tfprotov6.ProviderServer, error) { return server, nil }, vc.Settings(nil))
	p.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.short", "vcpus": 1, "ram": 512, "disk": 0}, protocol.Object{})
	config := map[string]any{"name": "short", "flavor_name": "m1.short", "image_name": "debian-12", "wait_for_ip": "0s",
		"admin_pass_wo": "secret", "admin_pass_wo_version": 1, "user_data_wo": "#cloud-config", "user_data_wo_version": 1,
		"personality": []any{map[string]any{"file": "/etc/a", "content_wo": "secret", "content_wo_version": 1}}}
	before := left.Load()
	made := p.Bring("novasphere_compute_instance", config, protocol.Object{})
	made, _ = p.Read(made)
	if again := p.Plan("novasphere_compute_instance", config, made); again.Action != protocol.Nothing {
		t.Errorf("the next plan is to %s", again.Action)
	}
	if n := left.Load() - before; n > 0 {
		t.Errorf("%d plans were left to the framework", n)
	}
}

// noun is one resource of a kind, with arguments that change its plan.
type noun struct {
	kind   string
	config func(ids map[string]string) map[string]any
	other  map[string]any
}

func plain(config map[string]any) func(map[string]string) map[string]any {
	return func(map[string]string) map[string]any { return config }
}

var nouns = []noun{
	{"compute_flavor", plain(map[string]any{"name": "m1.twin", "vcpus": 1, "ram": 1024, "disk": 10,
		"extra_specs": map[string]any{"vmware:cpu_hot_add": "true"}}),
		map[string]any{"vcpus": 2, "ram": tftypes.UnknownValue, "extra_specs": map[string]any{"no:such": "spec"}, "is_public": false}},
	{"compute_keypair", plain(map[string]any{"name": "twin"}), map[string]any{"public_key": "ssh-ed25519 AAAA", "name": "other",
		"public_key_wo": "ssh-ed25519 AAAA", "public_key_wo_version": 1}},
	{"compute_servergroup", plain(map[string]any{"name": "twin", "policies": []any{"anti-affinity"}}),
		map[string]any{"policies": []any{"affinity"}}},
	{"compute_aggregate", plain(map[string]any{"name": "twin", "metadata": map[string]any{"ssd": "true"}}),
		map[string]any{"metadata": map[string]any{"ssd": "false"}}},
	{"blockstorage_volume", plain(map[string]any{"name": "twin", "size": 1, "metadata": map[string]any{"role": "db"}}),
		map[string]any{"size": 2, "volume_type": tftypes.UnknownValue, "metadata": map[string]any{"a": tftypes.UnknownValue},
			"availability_zone": "no.such", "backup_id": "x", "scheduler_hints": []any{map[string]any{"local_to_instance": "x"}}}},
	{"images_image", plain(imageOfExample(map[string]any{"tags": []any{"b", "a"}})),
		map[string]any{"name": tftypes.UnknownValue, "disk_format": "vhd", "min_disk_gb": 3, "tags": []any{"a"}, "hidden": true,
			"image_source_url": "https://example.com/a", "local_file_path": tftypes.UnknownValue, "storage": "content_library",
			"properties": map[string]any{"hw_vif_model": tftypes.UnknownValue}, "timeouts": map[string]any{"create": "1h"}}},
	{"networking_network", plain(map[string]any{"name": "twin", "segments": []any{map[string]any{"segmentation_id": 120}}}),
		map[string]any{"mtu": 9000, "name": tftypes.UnknownValue, "tags": []any{"b", "a"}}},
	{"networking_subnet", func(ids map[string]string) map[string]any {
		return map[string]any{"name": "twin", "network_id": ids["networking_network"], "cidr": "10.20.0.0/24",
			"dns_nameservers": []any{"10.20.0.2"}}
	}, map[string]any{"cidr": "10.21.0.0/24", "gateway_ip": "10.20.0.254",
		"allocation_pool": []any{map[string]any{"start": "10.20.0.10", "end": "10.20.0.20"}}}},
	{"networking_secgroup", plain(map[string]any{"name": "twin", "stateful": false}),
		map[string]any{"description": "d", "delete_default_rules": true}},
	{"networking_secgroup_rule", func(ids map[string]string) map[string]any {
		return map[string]any{"security_group_id": ids["networking_secgroup"], "direction": "ingress", "ethertype": "IPv4", "protocol": "tcp",
			"port_range_min": 443, "port_range_max": 443}
	}, map[string]any{"port_range_max": 444, "remote_ip_prefix": "10.0.0.0/8"}},
	{"networking_port", func(ids map[string]string) map[string]any {
		return map[string]any{"name": "twin", "network_id": ids["networking_network"],
			"fixed_ip":           []any{map[string]any{"subnet_id": ids["networking_subnet"], "ip_address": "10.20.0.30"}},
			"security_group_ids": []any{ids["networking_secgroup"]}}
	}, map[string]any{"name": "other", "network_id": tftypes.UnknownValue, "fixed_ip": []any{map[string]any{"ip_address": "10.20.0.31"}},
		"no_fixed_ip": true}},
	{"compute_instance", func(ids map[string]string) map[string]any {
		return map[string]any{"name": "twin", "flavor_name": "m1.twin", "image_name": "debian-12", "metadata": map[string]any{"role": "web"},
			"tags": []any{"b", "a"}, "wait_for_ip": "0s",
			"key_pair": "twin", "network": []any{map[string]any{"name": "public"}, map[string]any{"port": ids["networking_port"]}},
			"admin_pass_wo": "secret", "admin_pass_wo_version": 1, "user_data_wo": "#cloud-config", "user_data_wo_version": 1,
			"personality": []any{map[string]any{"file": "/etc/a", "content_wo": "secret", "content_wo_version": 1},
				map[string]any{"file": "/etc/b", "content": "b"}}}
	}, map[string]any{"user_data_wo_version": 2, "user_data_wo": "#cloud-config\n# other", "user_data": "x",
		"personality": []any{map[string]any{"file": "/etc/a", "content_wo": "other", "content_wo_version": 1},
			map[string]any{"file": "/etc/b", "content": "c"}}, "flavor_name": "no.such",
		"image_name": tftypes.UnknownValue, "power_state": "shutoff",
		"network": []any{map[string]any{"name": tftypes.UnknownValue}, map[string]any{"name": "private"}},
		"name":    "other", "metadata": map[string]any{"a": tftypes.UnknownValue}, "wait_for_ip": nil, "allow_live_migration": true,
		"timeouts": map[string]any{"create": "1h"}, "scheduler_hints": []any{map[string]any{"group": "x"}}}},
}
