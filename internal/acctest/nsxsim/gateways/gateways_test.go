// SPDX-License-Identifier: MPL-2.0

package gateways_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
)

const (
	put = http.MethodPut
	del = http.MethodDelete
	get = http.MethodGet
)

// atOnce are no delays.
var atOnce = nsxsim.Delays{Publish: -1, Realize: -1, Delete: -1, Search: -1}

// site is a manager, and who asks it.
type site struct {
	*nsxsim.Manager
	client *http.Client
}

func start(t *testing.T, delays nsxsim.Delays) site {
	t.Helper()
	m := nsxsim.Start(t, nsxsim.Options{Delays: delays})
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(m.CertificatePEM())
	return site{m, &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}}}}
}

// ask gives the status of an answer, with the code of a refusal, and its body.
func (s site) ask(t *testing.T, method, path, body string) (verdict string, answer map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL()+"/policy/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(s.User, s.Password)
	response, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.ContentLength != 0 {
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
	}
	verdict = fmt.Sprint(response.StatusCode)
	if code := answer["error_code"]; code != nil {
		verdict += fmt.Sprintf("/%v", code)
	}
	return verdict, answer
}

// step is a request, and what is to be answered.
type step struct{ method, path, body, verdict string }

func (s site) run(t *testing.T, steps ...step) {
	t.Helper()
	for _, one := range steps {
		if verdict, body := s.ask(t, one.method, one.path, one.body); verdict != one.verdict {
			t.Errorf("%s %s %s: %s, not %s: %v", one.method, one.path, one.body, verdict, one.verdict, body)
		}
	}
}

// realized is the state of what is realized of an object, with the code of its alarm.
func (s site) realized(t *testing.T, path string) string {
	t.Helper()
	_, body := s.ask(t, get, "/infra/realized-state/realized-entities?intent_path="+path, "")
	results, _ := body["results"].([]any)
	if len(results) != 1 {
		t.Fatalf("%d things are realized of %s", len(results), path)
	}
	entity := results[0].(map[string]any)
	state := entity["state"].(string)
	for _, alarm := range entity["alarms"].([]any) {
		state += fmt.Sprintf("/%v", alarm.(map[string]any)["error_details"].(map[string]any)["error_code"])
	}
	return state
}

const (
	router   = "/infra/tier-1s/r"
	services = router + "/locale-services/default"
	rules    = router + "/nat/USER/nat-rules/"
	cluster  = `{"edge_cluster_path": "` + nsxsim.EdgeCluster + `"}`
)

// routed is a site with a gateway that has an edge cluster, and a segment 10.0.0.1/24.
func routed(t *testing.T) site {
	t.Helper()
	s := start(t, atOnce)
	s.run(t,
		step{put, router, `{"tier0_path": "` + nsxsim.Tier0 + `"}`, "200"},
		step{put, services, cluster, "200"},
		step{put, "/infra/segments/s", segment(router, "10.0.0.1/24"), "200"})
	return s
}

func segment(router, gateway string) string {
	return `{"connectivity_path": "` + router + `", "subnets": [{"gateway_address": "` + gateway + `"}]}`
}

func TestTier1(t *testing.T) {
	t.Parallel()
	s := start(t, atOnce)
	s.run(t,
		step{put, router, `{"failover_mode": "SOMETIMES"}`, "400/255"},
		step{put, router, `{"route_advertisement_types": ["NAT"]}`, "400/255"},
		step{put, router, `{"tier0_path": "/infra/tier-0s/no"}`, "400/500012"},
		step{put, router, `{"tier0_path": "` + nsxsim.EdgeCluster + `"}`, "400/500012"},
		step{put, router, `{"route_advertisement_rules": [{"name": "v6", "subnets": ["fd00::1/64"]}]}`, "400/255"},
		step{put, router, `{"route_advertisement_types": ["TIER1_NAT"], "tier0_path": "` + nsxsim.Tier0 + `",
			"route_advertisement_rules": [{"name": "v6", "action": "PERMIT", "prefix_operator": "EQ", "subnets": ["fd00::/64"]}]}`, "200"},
		step{put, nsxsim.Tier0, `{}`, "405/258"},
		step{get, nsxsim.Tier0 + "/locale-services/default/interfaces", "", "200"},
	)
	held, _ := s.Object(router)
	if held["failover_mode"] != "NON_PREEMPTIVE" || held["pool_allocation"] != "ROUTING" {
		t.Errorf("held: %v", held)
	}
	if state := s.realized(t, router); state != "REALIZED" {
		t.Error(state)
	}
}

func TestUplinkOfTheTier0(t *testing.T) {
	t.Parallel()
	s := start(t, atOnce)
	_, body := s.ask(t, get, nsxsim.Tier0+"/locale-services/default/interfaces", "")
	if text := fmt.Sprint(body["results"]); !strings.Contains(text, nsxsim.Tier0Uplink) {
		t.Errorf("the interfaces of the tier-0: %s", text)
	}
}

func TestLocaleServicesLiveWithTheGateway(t *testing.T) {
	t.Parallel()
	s := routed(t)
	s.run(t,
		step{put, router + "/locale-services/second", `{"edge_cluster_path": "` + nsxsim.Tier0 + `"}`, "400/500012"},
		step{put, rules + "a", `{"action": "NO_SNAT", "source_network": "10.0.0.0/24"}`, "200"},
		step{del, router, "", "400/500030"},
		step{del, services, "", "400/500030"},
		step{put, services, `{"_revision": 0}`, "200"},
		step{put, "/infra/segments/s", `{"_revision": 0}`, "200"},
		step{del, services, "", "400/500030"},
		step{del, rules + "a", "", "200"},
		step{del, router, "", "400/500030"},
		step{del, services, "", "200"},
		step{del, router, "", "200"},
	)
	if held, _ := s.Object(services); held["edge_cluster_path"] != nil {
		t.Errorf("held: %v", held)
	}
}

func TestWhatIsBeingDeletedIsOfNoUse(t *testing.T) {
	t.Parallel()
	s := start(t, nsxsim.Delays{Publish: -1, Realize: -1, Delete: time.Hour, Search: -1})
	s.run(t,
		step{put, router, `{}`, "200"},
		step{put, services, cluster, "200"},
		step{put, router + "/locale-services/second", cluster, "200"},
		step{put, rules + "a", `{"action": "SNAT", "source_network": "10.0.0.0/24", "translated_network": "203.0.113.9"}`, "200"},
		step{del, rules + "a", "", "200"},
		step{del, services, "", "200"},
		step{del, router + "/locale-services/second", "", "200"},
		step{put, rules + "b", `{"action": "SNAT", "source_network": "10.0.0.0/24", "translated_network": "203.0.113.9"}`, "200"},
	)
	if state := s.realized(t, rules+"b"); !strings.HasPrefix(state, "ERROR/") {
		t.Errorf("with locale-services that are being deleted a SNAT rule is %s", state)
	}
}

func TestWhatIsInUseIsNamed(t *testing.T) {
	t.Parallel()
	s := routed(t)
	_, body := s.ask(t, del, services, "")
	if text := fmt.Sprint(body["error_message"]); !strings.Contains(text, "path=[/infra/segments/s]") {
		t.Error(text)
	}
}

func TestInterfacesOfATier1(t *testing.T) {
	t.Parallel()
	s := routed(t)
	card := func(segment, address, length string) string {
		return `{"segment_path": "/infra/segments/` + segment + `", "subnets": [{"ip_addresses": ["` + address + `"],
			"prefix_len": ` + length + `}]}`
	}
	vlan := `{"transport_zone_path": "` + nsxsim.VLANZone + `", "vlan_ids": ["10"]`
	at := services + "/interfaces/"
	s.run(t,
		step{put, "/infra/segments/v", vlan + `}`, "200"},
		step{put, "/infra/segments/w", vlan + `}`, "200"},
		step{put, "/infra/segments/o", `{}`, "200"},
		step{put, "/infra/segments/x", `{}`, "200"},
		step{put, "/infra/segments/y", `{}`, "200"},
		step{put, "/infra/tier-1s/other", `{}`, "200"},
		step{put, "/infra/tier-1s/other/locale-services/default", cluster, "200"},
		step{put, "/infra/segments/v", vlan + `, "connectivity_path": "` + router + `", "_revision": 0}`, "400/255"},
		step{put, at + "v", card("no", "10.1.0.1", "24"), "400/500012"},
		step{put, at + "v", `{"subnets": [{"ip_addresses": ["10.1.0.1"], "prefix_len": 24}]}`, "400/255"},
		step{put, at + "v", `{"segment_path": "/infra/segments/v"}`, "400/255"},
		step{put, at + "v", `{"segment_path": "/infra/segments/v", "subnets": [{"ip_addresses": [], "prefix_len": 24}]}`, "400/255"},
		step{put, at + "v", card("v", "10.1.0.256", "24"), "400/255"},
		step{put, at + "v", card("v", "10.1.0.1", "33"), "400/255"},
		step{put, at + "v", card("v", "10.1.0.1", "0"), "400/255"},
		step{put, at + "v", card("v", "10.1.0.0", "24"), "400/255"},
		step{put, at + "v", card("v", "10.0.0.129", "25"), "400/500105"},
		step{put, at + "v", card("s", "10.1.0.1", "24"), "400/503101"},
		step{put, at + "v", card("v", "10.1.0.1", "24"), "200"},
		step{put, at + "v", strings.Replace(card("v", "10.1.0.1", "24"), "{", `{"_revision": 0, `, 1), "200"},
		step{put, at + "again", card("v", "10.2.0.1", "24"), "400/503101"},
		step{put, "/infra/tier-1s/other/locale-services/default/interfaces/v", card("v", "10.2.0.1", "24"), "400/503101"},
		step{put, at + "w", card("w", "10.1.0.2", "24"), "400/500105"},
		step{put, "/infra/tier-1s/other/locale-services/default/interfaces/w", card("w", "10.1.0.2", "24"), "200"},
		step{put, "/infra/tier-1s/other/locale-services/default/interfaces/x", card("x", "10.0.0.2", "24"), "200"},
		step{put, "/infra/tier-1s/other/locale-services/default/interfaces/y", card("y", "10.4.0.1", "32"), "200"},
		step{put, at + "o", card("o", "10.3.0.1", "24"), "200"},
		step{put, "/infra/segments/o", `{"connectivity_path": "` + router + `", "_revision": 0}`, "400/503101"},
		step{put, "/infra/segments/p", segment(router, "10.1.0.129/25"), "400/500105"},
		step{del, "/infra/segments/v", "", "400/500030"},
		step{del, services, "", "400/500030"},
		step{del, at + "v", "", "200"},
		step{del, "/infra/segments/v", "", "200"},
	)
	if held, _ := s.Object(at + "o"); held["admin_state"] != "UP" {
		t.Errorf("held: %v", held)
	}
	if state := s.realized(t, at+"o"); state != "REALIZED" {
		t.Error(state)
	}
	s.run(t, step{put, services, `{"_revision": 0}`, "200"})
	if state := s.realized(t, at+"o"); !strings.HasPrefix(state, "ERROR/") {
		t.Errorf("without an edge cluster an interface is %s", state)
	}
}

func TestOneGatewayOfASegment(t *testing.T) {
	t.Parallel()
	s := routed(t)
	other := strings.TrimSuffix(segment("/infra/tier-1s/other", "10.0.0.1/24"), "}")
	s.run(t,
		step{put, "/infra/tier-1s/other", `{}`, "200"},
		step{put, "/infra/segments/s", other + `, "_revision": 0}`, "400/503101"},
		step{put, "/infra/segments/s", `{"connectivity_path": "` + router + `", "_revision": 0}`, "200"},
		step{put, "/infra/segments/s", `{"_revision": 1}`, "200"},
		step{put, "/infra/segments/s", other + `, "_revision": 2}`, "200"},
	)
}

func TestStaticRoutes(t *testing.T) {
	t.Parallel()
	s := routed(t)
	at := router + "/static-routes/10.9.0.0_16-10.0.0.9"
	hop := `"next_hops": [{"ip_address": "10.0.0.9", "admin_distance": `
	s.run(t,
		step{put, at, `{` + hop + `1}]}`, "400/255"},
		step{put, at, `{"network": "10.9.0.1/16", ` + hop + `1}]}`, "400/255"},
		step{put, at, `{"network": "10.9.0.0/16"}`, "400/255"},
		step{put, at, `{"network": "fd00::/64", ` + hop + `1}]}`, "400/255"},
		step{put, at, `{"network": "10.9.0.0/16", ` + hop + `0}]}`, "400/255"},
		step{put, at, `{"network": "10.9.0.0/16", ` + hop + `256}]}`, "400/255"},
		step{put, at, `{"network": "10.9.0.0/16", "next_hops": [{"ip_address": "gateway"}]}`, "400/255"},
		step{put, at, `{"network": "10.9.0.0/16", ` + hop + `1}]}`, "200"},
	)
	if state := s.realized(t, at); state != "REALIZED" {
		t.Error(state)
	}
}

func TestSearchOfNATRules(t *testing.T) {
	t.Parallel()
	s := routed(t)
	s.run(t,
		step{put, rules + "S-f", `{"action": "SNAT", "source_network": "10.0.0.5", "translated_network": "203.0.113.9"}`, "200"},
		step{put, rules + "D-f", `{"action": "DNAT", "destination_network": "203.0.113.9", "translated_network": "10.0.0.5"}`, "200"})
	for property, want := range map[string]string{"translated_network": rules + "S-f", "destination_network": rules + "D-f"} {
		_, body := s.ask(t, get, "/search/query?query=resource_type:PolicyNatRule%20AND%20"+property+":203.0.113.9", "")
		var found []string
		for _, result := range body["results"].([]any) {
			found = append(found, result.(map[string]any)["path"].(string))
		}
		if !slices.Equal(found, []string{want}) {
			t.Errorf("%s: %v", property, found)
		}
	}
}

// slow are delays that pass only where a test has them pass.
var slow = nsxsim.Delays{Publish: time.Hour, Realize: time.Hour, Delete: -1, Search: -1}
