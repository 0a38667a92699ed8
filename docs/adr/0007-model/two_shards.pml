/* Charge, settle and give back over two shards of a Redis Cluster, with messages that are lost, repeated, delayed and
 * overtaken, nodes that stop waiting, and failovers that forget the last write.
 *
 * tests/model/check_model.py has spin search every reachable state, and again with each BROKEN_… variant, where it has
 * to find the error. README.md beside this file says what the properties mean.
 *
 * A message that is late is a process that is slow: what a shard does with one is one step (atomic) of the process that
 * has sent it, at any moment. Before that step it may be lost (LOST), after it the answer may be (UNHEARD). A node that
 * stops waiting does nothing further with its attempt, so its message in flight is that same slow step.
 */

#ifndef ATTEMPTS
#define ATTEMPTS 2
#endif
#ifndef REPORTS
#define REPORTS 2           /* of each admitted attempt: callers repeat them, to any node */
#endif
#define LIMIT 1             /* of the account's budget */
#define NETWORK_LIMIT 2
#define TIMES 2             /* moments that are told apart */
#define WINDOW 1            /* of them a window sees so many, up to the present one */

#define SEEN(t) ((t) + WINDOW > now)
#define IN(counter, t) (SEEN(t) -> counter[t] : 0)
#define COUNT(counter) (IN(counter, 0) + IN(counter, 1))   /* one for each of TIMES */

/* ---- What the shards keep ---- */
byte now;
byte account[TIMES];        /* charges by the moment they were made in: nobody's in particular */
byte network[TIMES];
bool reserved[ATTEMPTS];
byte reserved_at[ATTEMPTS];

/* ---- What really happened: seen by the properties alone ---- */
bool held[ATTEMPTS];        /* the account's shard has admitted it and not given it back */
bool answered[ATTEMPTS];    /* a caller was told: admitted, in the lane that counts on the network */
byte held_at[ATTEMPTS];
byte network_at[ATTEMPTS];
byte settlements[ATTEMPTS];
byte account_lost, network_lost;
byte failovers = 1;         /* that may still be */
byte finished;

inline check() {
  d_step {
    n = 0;
    for (k : 0 .. ATTEMPTS - 1) {
      n = n + (held[k] && SEEN(held_at[k]) -> 1 : 0);
      assert(settlements[k] <= 1)                  /* exactly once, if at all */
    }
    assert(n <= LIMIT + account_lost);             /* P2: the budget holds */
    n = 0;
    for (k : 0 .. ATTEMPTS - 1) {
      n = n + (answered[k] && settlements[k] == 0 && SEEN(network_at[k]) -> 1 : 0)
    }
    assert(COUNT(network) + network_lost >= n);    /* P6, P10: a network is never counted too low */
    n = 0; k = 0
  }
}

/* ---- What the shards do, each in one step ---- */

/* Charges the counters of the lane that is expected; says whether they had room, and when that was. */
inline charge_network() {
  if
  :: COUNT(network) < NETWORK_LIMIT -> network[now]++; moment = now; network_at[me] = now; room = true
  :: else -> room = false
  fi
}

/* What no window sees any more is not taken: another charge may stand in its place. */
inline give_back_network(at) {
  atomic {
    if
    :: SEEN(at) && network[at] > 0 -> network[at]--
    :: else
    fi;
    check()
  }
}

/* Admits in the lane expected if the network had room for it, or in one that does not count there. */
inline decide() {
  admitted = false; elsewhere = false;
  if
  :: COUNT(account) < LIMIT ->
     if
     :: room -> admitted = true
     :: elsewhere = true
     fi;
     account[now]++; reserved[me] = true; reserved_at[me] = now; held[me] = true; held_at[me] = now
  :: else
  fi
}

/* Whoever removes the reservation has settled the attempt. */
inline settle() {
  if
  :: reserved[me] ->
#ifndef BROKEN_SETTLE_TWICE
     reserved[me] = false;
#endif
     settlements[me]++;
     if
     :: SEEN(reserved_at[me]) && account[reserved_at[me]] > 0 -> account[reserved_at[me]]--
     :: else
     fi;
     held[me] = false; due = true
  :: else -> due = false
  fi
}

/* ---- What nodes do ---- */

/* The network's part of a correction or a settlement: sent at most once. */
inline give_back_once(at) {
  if
  :: true                          /* LOST: counted too much until the window ends */
  :: true -> give_back_network(at)
  fi
#ifdef BROKEN_GIVE_BACK_AGAIN
  ;
  if
  :: true
  :: true -> give_back_network(at)         /* no answer within the timeout: sent again */
  fi
#endif
}

proctype Report(byte me; byte moment) {
  byte k, n; bool due;
  if
  :: true                                               /* LOST */
  :: atomic { true -> settle(); check(); due = false }          /* UNHEARD */
  :: atomic { true -> settle(); check() }
  fi;
  if
  :: due -> give_back_once(moment)
  :: else
  fi;
  finished++
}

inline answer() {
  answered[me] = true;
  for (k : 1 .. REPORTS) { run Report(me, moment) }
  k = 0
}

proctype Attempt(byte me) {
  byte moment, k, n; bool room, admitted, elsewhere, heard;
#ifdef BROKEN_ACCOUNT_FIRST
  room = true;
  atomic { decide(); check() }
  if
  :: atomic { admitted -> moment = now; network_at[me] = now; answer(); check() }   /* LOST: the network's charge */
  :: atomic { admitted -> charge_network(); answer(); check() }
  :: else -> finished = finished + REPORTS
  fi
#else
  if
  :: true                                                /* LOST */
  :: atomic { true -> charge_network(); check() }                /* UNHEARD: the charge stands */
  :: atomic { true -> charge_network(); check(); heard = true }
  fi;
  if
  :: !heard -> finished = finished + REPORTS             /* on_store_loss answers */
  :: else ->
     if
     :: heard = false                                    /* LOST */
     :: atomic { true -> decide(); check(); heard = false }      /* UNHEARD */
     :: atomic {
          true ->
          decide();
          if
          :: admitted -> answer()
          :: else
          fi;
          check()
        }
     fi;
     if
     :: heard && admitted                                /* its reports finish it */
     :: else ->
        if
        :: heard && room -> give_back_once(moment)       /* refused, or admitted elsewhere */
        :: else                                          /* unknown: what is counted stands */
        fi;
        finished = finished + REPORTS
     fi
  fi
#endif
}

/* ---- What happens besides ---- */

/* A failover: the replica had not heard of the last write. */
active proctype Failover() {
  byte i, k, n;
end:
  do
  :: atomic { failovers > 0 && now < TIMES && network[now] > 0 -> failovers--; network[now]--; network_lost++; check() }
  :: atomic {
       failovers > 0 && now < TIMES && account[now] > 0 ->
       select(i : 0 .. ATTEMPTS - 1);
       if
       :: reserved[i] && reserved_at[i] == now -> failovers--; reserved[i] = false; account[now]--; account_lost++
       :: else
       fi;
       check(); i = 0
     }
  od
}

/* No lane is stuck: whatever was lost, all come to their end (spin would say: invalid end state), and when the window has
 * ended there is room again, whatever stood too much. */
active proctype Clock() {
  byte k, n;
  do
  :: atomic { now < TIMES - 1 -> now++; check() }
  :: atomic {
       finished == ATTEMPTS * REPORTS && now == TIMES - 1 ->
       now = now + WINDOW;
       assert(COUNT(account) < LIMIT);
       assert(COUNT(network) < NETWORK_LIMIT);
       break
     }
  od
}

init {
  atomic {
    byte a;
    for (a : 0 .. ATTEMPTS - 1) { run Attempt(a) }
  }
}
