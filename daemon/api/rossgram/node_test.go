package rossgram_test

import (
	"net/http"
	"os"
	"slices"
	"testing"

	"rossgram.app/daemon"
	"rossgram.app/daemon/api/internal/apitest"
)

func codes(n nodeState) []string {
	var list []string
	for _, w := range n.Warnings {
		list = append(list, w.Code)
	}
	return list
}

func TestTheNodeSaysWhatRunsAndWhatNeedsItsOwner(t *testing.T) {
	anna := newPerson(t, "Anna")
	n := anna.state()
	if n.Account.Name != "Anna" || n.Account.Head.CID == "" || n.API != anna.URL || len(n.Addresses) == 0 {
		t.Errorf("the node: %+v", n)
	}
	if n.Memory.Resident < 1<<20 || n.Disk.Blocks == 0 || n.Disk.Free == 0 || n.Disk.Accounts[0].Bytes == 0 {
		t.Errorf("what it costs: %+v, %+v", n.Memory, n.Disk)
	}
	if !slices.Contains(codes(n), "phrase-file") {
		t.Fatalf("no word of the phrase that is left in a file: %v", n.Warnings)
	}
	files, _ := os.ReadDir(anna.home + "/accounts")
	apitest.Check(t, os.Remove(anna.home+"/accounts/"+files[0].Name()+"/phrase.txt"))
	if n := anna.state(); slices.Contains(codes(n), "phrase-file") {
		t.Errorf("a phrase that is gone: %v", n.Warnings)
	}
}

func TestADiskThatIsNearlyFullIsSaid(t *testing.T) {
	free := daemon.Size(newPerson(t, "Anna").state().Disk.Free)
	ben := newPerson(t, "Ben", func(cfg *daemon.Config) { cfg.Storage.Reserve = free - 400*daemon.MB })
	if got := codes(ben.state()); !slices.Contains(got, "disk-low") {
		t.Errorf("warnings: %v", got)
	}
}

func TestUpkeep(t *testing.T) {
	anna := newPerson(t, "Anna")
	anna.Post("kept", apitest.Noise(t, 100, 80))
	var v struct {
		Blocks, Refetching int
		Damaged            []any
	}
	anna.Do(http.MethodPost, ours+"verify", nil).Want(t, http.StatusOK).JSON(t, &v)
	if v.Blocks < 5 || v.Damaged == nil || len(v.Damaged) != 0 {
		t.Errorf("verified: %+v", v)
	}
	var r struct{ Accounts, Records, Posts int }
	anna.Do(http.MethodPost, ours+"reindex", nil).Want(t, http.StatusOK).JSON(t, &r)
	if r.Accounts != 1 || r.Records != 2 || r.Posts != 1 {
		t.Errorf("reindexed: %+v", r)
	}
	var g map[string]int64
	anna.Do(http.MethodPost, ours+"gc", nil).Want(t, http.StatusOK).JSON(t, &g)
	for _, name := range []string{"blocks_dropped", "bytes_dropped", "log_bytes_freed"} {
		if n, ok := g[name]; !ok || n < 0 {
			t.Errorf("collected: %v", g)
		}
	}
}
