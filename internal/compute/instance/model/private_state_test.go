// SPDX-License-Identifier: MPL-2.0

package model

import (
	"encoding/json"
	"testing"
)

// writtenBefore is the private state of an earlier release, with every field.
const writtenBefore = `{"moref":"vm-42","flavor":{"id":"f-1","name":"m1.small","vcpus":1,"ram":2048,"disk":20},"image":"img-1",` +
	`"cpu_hot_add":true,"ram_hot_add":false,` +
	`"ram_limit":32768,"ram_step":128,"guest_id":"debian12_64Guest","cores":1,"clock":{"slowest":2000,"fastest":2400},` +
	`"properties":{"hw_vif_model":"vmxnet3"},` +
	`"astray":{"00:50:56:00:00:01":"dvportgroup-7"},"named":["p-1"],"user_data_sha256":"ab","personality_sha256":"cd","untold":["metadata"],` +
	`"at":{"zone":"nova"},"boot_volume":true,"own":true,"imported":true,"importing":true,"fresh":true,"stuck":"is stuck","unrecorded":true,` +
	`"cut":["00:50:56:00:00:02"],"unlabelled":true,"unfinished":true,"besides":["a disk"]}`

// TestPrivateStateWrittenBefore: private state keeps its key and the names of its fields.
func TestPrivateStateWrittenBefore(t *testing.T) {
	t.Parallel()
	if PrivateStateKey != "aside" {
		t.Errorf("it is kept under %q", PrivateStateKey)
	}
	var is PrivateState
	if err := json.Unmarshal([]byte(writtenBefore), &is); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(is)
	if err != nil {
		t.Fatal(err)
	}
	var had, now map[string]any
	if json.Unmarshal([]byte(writtenBefore), &had) != nil || json.Unmarshal(raw, &now) != nil {
		t.Fatalf("%s", raw)
	}
	for name := range had {
		if _, kept := now[name]; !kept {
			t.Errorf("%s is lost", name)
		}
	}
	for name := range now {
		if _, known := had[name]; !known {
			t.Errorf("%s is new: write it into this test, too", name)
		}
	}
}
