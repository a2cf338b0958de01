// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/tags"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccLabelRefused: a tag that could not be attached is not left unused; the plan reports it, and the next change attaches it.
func TestAccLabelRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if !strings.Contains(c.Name, "attach-tag-to-multiple-objects") {
			return nil
		}
		out := httptest.NewRecorder()
		out.Code = http.StatusForbidden
		return out
	})
	refused := vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile})
	flavor := refused.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.small", "vcpus": 1, "ram": 512, "disk": 20},
		protocol.Object{})
	instance := map[string]any{"name": "web", "flavor_id": flavor.Text("id"), "image_name": "debian-12", "wait_for_ip": "0s"}
	web, reported := refused.Apply(refused.Plan(kindOfInstance, instance, protocol.Object{}))
	if len(protocol.Errors(reported)) > 0 || len(reported) != 1 || !strings.Contains(reported[0].Text, "tag is missing") {
		t.Fatalf("it says %v", reported)
	}
	if left := vc.Tags(); len(left) > 0 {
		t.Errorf("the tags %q stay without a bearer", left)
	}
	p := vc.Provider(t, nil)
	web, _ = p.Read(web)
	if plan := p.Plan(kindOfInstance, instance, web); plan.Action != protocol.Nothing || len(plan.Diagnostics) != 1 ||
		!strings.Contains(plan.Diagnostics[0].Text, "tag is missing") {
		t.Errorf("the plan is to %s: %v", plan.Action, plan.Diagnostics)
	}
	instance["description"] = "changed"
	web = p.Bring(kindOfInstance, instance, web)
	if bearers := vc.Labelled("m1.small"); len(bearers) != 1 || bearers[0].Reference() != vc.VM("OpenStack/web").Self {
		t.Errorf("the tag is on %v", bearers)
	}
	web, _ = p.Read(web)
	if plan := p.Plan(kindOfInstance, instance, web); len(plan.Diagnostics) > 0 {
		t.Errorf("the plan still says %v", plan.Diagnostics)
	}
}

// TestAccLabelDeleted: a tag that was deleted outside of Terraform is made and attached again by the next change of the instance.
func TestAccLabelDeleted(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	config := func(description string) string {
		return vc.Config("", plain("name = \"web\"\n  description = \""+description+"\""))
	}
	deleted := func() {
		client := rest.NewClient(vc.Client().Client)
		if err := client.Login(t.Context(), url.UserPassword(vc.User, vc.Password)); err != nil {
			t.Fatal(err)
		}
		manager := tags.NewManager(client)
		all, err := manager.GetTags(t.Context())
		for i := range all {
			if err == nil {
				err = manager.DeleteTag(t.Context(), &all[i])
			}
		}
		if err != nil || len(all) != 1 {
			t.Fatal(len(all), err)
		}
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			{Config: config("one"), Check: tagged(vc, "OpenStack/web", "m1.small")},
			{PreConfig: deleted, Config: config("two"), Check: tagged(vc, "OpenStack/web", "m1.small")},
			{Config: config("two"), PlanOnly: true},
		},
	})
}
