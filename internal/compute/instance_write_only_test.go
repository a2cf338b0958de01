// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
)

// hidden is an instance whose user data and file are write-only, with what a test does to it.
type hidden struct {
	t  *testing.T
	vc *acctest.VCenter
	p  *protocol.Provider
}

func newHidden(t *testing.T) hidden {
	vc := acctest.Start(t, vcsim.Options{})
	h := hidden{t, vc, vc.Provider(t, nil)}
	h.p.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.small", "vcpus": 1, "ram": 512, "disk": 0}, protocol.Object{})
	return h
}

// with returns the configuration with further arguments, or with nil without them.
func (h hidden) with(more map[string]any) map[string]any {
	out := map[string]any{"name": "web", "flavor_name": "m1.small", "image_name": "debian-12", "wait_for_ip": "0s",
		"user_data_wo": "#cloud-config\n# secret-data-1", "user_data_wo_version": 1,
		"personality": []any{map[string]any{"file": "/etc/secret", "content_wo": "secret-file-1", "content_wo_version": 1},
			map[string]any{"file": "/etc/motd", "content": "welcome"}}}
	maps.Copy(out, more)
	return out
}

// told returns what the guest is told: its user data and its vendor data.
func (h hidden) told() string {
	vm := h.vc.VM("OpenStack/web")
	keys := acctest.Extra(vm)
	data, _ := guest.Unpack(keys["guestinfo.userdata"], keys["guestinfo.userdata.encoding"])
	vendor, err := vendorData(vm)
	if err != nil {
		h.t.Fatal(err)
	}
	return data + "\n" + vendor
}

// tells fails the test where the guest is not told user data and a file.
func (h hidden) tells(data, file string) {
	h.t.Helper()
	told := h.told()
	if !strings.Contains(told, data) || !strings.Contains(told, base64.StdEncoding.EncodeToString([]byte(file))) {
		h.t.Errorf("the guest is not told %s and %s, but\n%s", data, file, told)
	}
}

// keeps fails the test where an object, or a plan, holds a secret: in its state, its plan, or its private part.
func keeps(t *testing.T, where string, values tftypes.Value, private []byte) {
	t.Helper()
	text := values.String() + string(private)
	sumOf := func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
	for _, data := range []string{"#cloud-config\n# secret-data-1", "#cloud-config\n# secret-data-2", "secret-file-1", "secret-file-2"} {
		for _, form := range []string{data, base64.StdEncoding.EncodeToString([]byte(data)), sumOf(data)} {
			if strings.Contains(text, form) {
				t.Errorf("%s holds %s: %s", where, form, text)
			}
		}
	}
	if strings.Contains(text, "secret-") {
		t.Errorf("%s holds a secret: %s", where, text)
	}
}

// plan plans a configuration, and fails the test where the plan is not the action, or holds a secret.
func (h hidden) plan(config map[string]any, had protocol.Object, action string, replaces ...string) protocol.Plan {
	h.t.Helper()
	plan := h.p.Plan(kindOfInstance, config, had)
	if plan.Action != action || len(plan.Errors()) > 0 || !slices.Equal(plan.Replaces, replaces) {
		h.t.Fatalf("the plan is to %s (%v), not to %s (%v): %v", plan.Action, plan.Replaces, action, replaces, plan.Diagnostics)
	}
	keeps(h.t, "the plan", plan.Planned, plan.Private)
	return plan
}

// apply applies a plan and reads the instance, and fails the test where a state holds a secret.
func (h hidden) apply(plan protocol.Plan) protocol.Object {
	h.t.Helper()
	made, said := h.p.Apply(plan)
	if len(protocol.Errors(said)) > 0 {
		h.t.Fatal(said)
	}
	keeps(h.t, "the applied state", made.State, made.Private)
	read, said := h.p.Read(made)
	if len(protocol.Errors(said)) > 0 {
		h.t.Fatal(said)
	}
	keeps(h.t, "the state that was read", read.State, read.Private)
	return read
}

// TestAccInstanceWriteOnly follows an instance with write-only user data and a write-only file through its life. The guest is told both;
// no plan, state or private state holds them or their checksums, and only another version counts as a change.
func TestAccInstanceWriteOnly(t *testing.T) {
	t.Parallel()
	h := newHidden(t)
	web := h.apply(h.plan(h.with(nil), protocol.Object{}, protocol.Create))
	h.tells("secret-data-1", "secret-file-1")
	h.tells("secret-data-1", "welcome")
	first := web.Text("id")

	other := h.with(map[string]any{"user_data_wo": "#cloud-config\n# secret-data-2"})
	h.plan(other, web, protocol.Nothing)
	other["metadata"] = map[string]any{"role": "db"}
	web = h.apply(h.plan(other, web, protocol.Update))
	h.tells("secret-data-1", "secret-file-1") // a change of something else hands on neither

	other["user_data_wo_version"], other["user_data_replace_on_change"] = 2, false
	web = h.apply(h.plan(other, web, protocol.Update))
	h.tells("secret-data-2", "secret-file-1")
	if web.Text("id") != first {
		t.Error("another version has made another instance, though user_data_replace_on_change is false")
	}

	delete(other, "user_data_replace_on_change")
	other["user_data_wo"], other["user_data_wo_version"] = "#cloud-config\n# secret-data-1", 3
	web = h.apply(h.plan(other, web, protocol.Replace, "user_data_wo_version"))
	if h.tells("secret-data-1", "secret-file-1"); web.Text("id") == first {
		t.Error("another version has not made another instance")
	}
	file := map[string]any{"file": "/etc/secret", "content_wo": "secret-file-2", "content_wo_version": 2}
	other["personality"] = []any{map[string]any{"file": "/etc/motd", "content": "welcome"}, file}
	web = h.apply(h.plan(other, web, protocol.Replace, "personality"))
	h.tells("secret-data-1", "secret-file-2")

	delete(other, "user_data_wo")
	other["user_data_wo_version"] = nil
	h.plan(other, web, protocol.Replace, "user_data_wo_version")
	h.p.Destroy(web)
}

// TestAccInstanceWriteOnlyIsNotRead imports an instance with write-only user data, and reads it by the data source: neither brings the
// data into a state. The written arguments are recorded again, and change nothing on the machine.
func TestAccInstanceWriteOnlyIsNotRead(t *testing.T) {
	t.Parallel()
	h := newHidden(t)
	h.apply(h.plan(h.with(nil), protocol.Object{}, protocol.Create))
	id, before := h.vc.VM("OpenStack/web").Config.InstanceUuid, h.told()

	found, said := h.p.Import(kindOfInstance, id)
	if len(protocol.Errors(said)) > 0 {
		t.Fatal(said)
	}
	keeps(t, "the imported state", found.State, found.Private)
	web := h.apply(h.plan(h.with(nil), found, protocol.Update))
	h.plan(h.with(nil), web, protocol.Nothing)
	if h.told() != before || web.Text("id") != id {
		t.Error("an import has changed what the guest is told")
	}
	for kind, config := range map[string]map[string]any{"novasphere_compute_instance": {"id": id},
		"novasphere_compute_instances": {"name_regex": "web"}} {
		if shown, said := h.p.Query(kind, config); len(protocol.Errors(said)) > 0 || strings.Contains(fmt.Sprint(shown), "secret-") {
			t.Errorf("%s: %v, %v", kind, shown, said)
		}
	}
}

// TestAccInstanceBecomesWriteOnly: the same text moves from user_data to user_data_wo, and from content to content_wo, without another
// instance and without a call that stops it; the way back makes another one, because no state holds what to compare with.
func TestAccInstanceBecomesWriteOnly(t *testing.T) {
	t.Parallel()
	h := newHidden(t)
	shown := h.with(map[string]any{"user_data": "#cloud-config\n# secret-data-1", "user_data_wo": nil, "user_data_wo_version": nil,
		"personality": []any{map[string]any{"file": "/etc/secret", "content": "secret-file-1"},
			map[string]any{"file": "/etc/motd", "content": "welcome"}}})
	web := h.p.Bring(kindOfInstance, shown, protocol.Object{})
	id, before := web.Text("id"), h.told()
	turned := []any{map[string]any{"file": "/etc/motd", "content": "welcome"}, // in another order
		map[string]any{"file": "/etc/secret", "content_wo": "secret-file-1", "content_wo_version": 1}}

	hiding := h.with(map[string]any{"personality": turned})
	h.vc.ResetCalls()
	web = h.apply(h.plan(hiding, web, protocol.Update))
	calls := h.vc.Calls()
	if web.Text("id") != id || h.told() != before || calls["PowerOffVM_Task"]+calls["ShutdownGuest"]+calls["PowerOnVM_Task"] > 0 {
		t.Errorf("the machine is %s, was %s, with %v", web.Text("id"), id, calls)
	}
	h.plan(hiding, web, protocol.Nothing)
	h.plan(h.with(nil), web, protocol.Nothing) // the order of the files is none
	if found, _ := h.p.Import(kindOfInstance, id); strings.Contains(found.State.String()+string(found.Private), "secret-") {
		t.Errorf("an import shows %s", found.State)
	}
	back := h.p.Plan(kindOfInstance, shown, web)
	if back.Action != protocol.Replace {
		t.Errorf("the way back is to %s", back.Action)
	}
	h.p.Destroy(web)
}

// TestAccInstanceWriteOnlyRefused: what cannot be is refused at the argument, before anything is made, and no error repeats a secret.
func TestAccInstanceWriteOnlyRefused(t *testing.T) {
	t.Parallel()
	h := newHidden(t)
	file := func(more map[string]any) map[string]any {
		block := map[string]any{"file": "/etc/secret"}
		maps.Copy(block, more)
		return h.with(map[string]any{"personality": []any{block}})
	}
	for _, c := range []struct {
		config    map[string]any
		at, about string
	}{
		{h.with(map[string]any{"user_data": "x"}), "user_data_wo", "user_data is written too"},
		{h.with(map[string]any{"user_data_wo_version": nil}), "user_data_wo", "user_data_wo_version is missing"},
		{h.with(map[string]any{"user_data_wo": incompressible()}), "user_data_wo", "a guest can be handed"},
		{file(nil), "personality", "it has no content"},
		{file(map[string]any{"content": "x", "content_wo": "secret-file-1", "content_wo_version": 1}), "personality", "write only one"},
		{file(map[string]any{"content_wo": "secret-file-1"}), "personality", "content_wo_version is missing"},
		{file(map[string]any{"content": "x", "content_wo_version": 1}), "personality", "beside content"},
	} {
		plan := h.p.Plan(kindOfInstance, c.config, protocol.Object{})
		errors := plan.Errors()
		if len(errors) != 1 || !strings.HasPrefix(errors[0].Attribute, c.at) || !strings.Contains(errors[0].Text, c.about) ||
			strings.Contains(errors[0].Text, "secret-") {
			t.Errorf("%s: %v", c.about, errors)
		}
	}
	drive := h.with(map[string]any{"config_drive": true, "user_data_replace_on_change": false})
	web := h.p.Bring(kindOfInstance, drive, protocol.Object{})
	drive["user_data_wo_version"] = 2
	errors := h.p.Plan(kindOfInstance, drive, web).Errors()
	if len(errors) != 1 || errors[0].Attribute != "user_data_wo" || !strings.Contains(errors[0].Text, "config drive") {
		t.Errorf("a config drive that is written once: %v", errors)
	}
}
