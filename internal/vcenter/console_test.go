// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

func TestConsole(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := in(t, vc, "")
	server := made(t, c, "web")
	for kind, want := range map[string]struct {
		port int64
		url  bool
	}{servers.ConsoleWebMKS: {443, true}, servers.ConsoleMKS: {902, false}} {
		got, err := c.Servers.Console(t.Context(), server.ID, kind)
		if err != nil || !strings.Contains(got.Ticket, server.MoRef) || got.Host == "" || got.Port != want.port || len(got.Thumbprint) != 59 {
			t.Errorf("%s: %+v, %v", kind, got, err)
		}
		if (got.URL != "") != want.url || want.url && got.URL != "wss://"+got.Host+":443/ticket/"+got.Ticket {
			t.Errorf("%s: the address %q", kind, got.URL)
		}
	}
	wrong := func(id, kind, text string) {
		t.Helper()
		if got, err := c.Servers.Console(t.Context(), id, kind); err == nil || got != (servers.Console{}) ||
			!strings.Contains(err.Error(), text) {
			t.Errorf("%+v, %v, not %q", got, err, text)
		}
	}
	wrong("web", servers.ConsoleMKS, `"web" is no instance's id, which is a UUID`)
	wrong(uuid.NewString(), servers.ConsoleMKS, "no VM has the instance UUID")
	wrong(server.ID, "vnc", "vCenter does not accept ticketType")
	off := server
	off.PowerState = openstack.Shutoff
	if _, err := c.Servers.Update(t.Context(), machine.Key{ID: server.ID}, servers.Update{ServerSpec: off.ServerSpec}); err != nil {
		t.Fatal(err)
	}
	wrong(server.ID, servers.ConsoleWebMKS,
		`instance_id: the instance web is shutoff, and only a running one has a console: start it first (power_state = "active")`)
}

// TestConsoleOfOldHost: a ticket's missing host, port and URL follow from the kind and from the vCenter's address.
func TestConsoleOfOldHost(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	answer :=
		`<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>` +
			`<AcquireTicketResponse xmlns="urn:vim25"><returnval><ticket>t1</ticket><cfgFile>x</cfgFile></returnval></AcquireTicketResponse>` +
			`</soapenv:Body></soapenv:Envelope>`
	refuse := false
	wire := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		switch {
		case call.Name != "AcquireTicket":
			return nil
		case refuse:
			return acctest.Refusal("InvalidPowerState")
		}
		out := httptest.NewRecorder()
		out.Header().Set("Content-Type", "text/xml")
		_, _ = out.WriteString(answer)
		return out
	})
	c := clientOver(t, vc, wire)
	server := made(t, c, "web")
	if got, err := c.Servers.Console(t.Context(), server.ID, servers.ConsoleWebMKS); err != nil || got.Host != "127.0.0.1" ||
		got.URL != "wss://127.0.0.1:443/ticket/t1" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := c.Servers.Console(t.Context(), server.ID, servers.ConsoleMKS); err != nil || got.Port != 902 || got.URL != "" {
		t.Errorf("%+v, %v", got, err)
	}
	refuse = true
	if _, err := c.Servers.Console(t.Context(), server.ID, servers.ConsoleMKS); err == nil ||
		!strings.Contains(err.Error(), "the instance web is not running any more") {
		t.Error(err)
	}
}
