# Writes expected_survival.csv beside this script: the numbers tests/test_estimator_*.py compare with.
# Run: Rscript tests/r/expected_survival.R      (from the project folder)
# Written with R 4.2.2, survival 3.5-3, cmprsk 2.2-11, etm 1.1.1; the versions used stand in the first rows.
#
# Data sets (the subjects themselves are written too, so that no data is needed from R):
#   veteran  survival::veteran, lung cancer trial (Kalbfleisch & Prentice 1980), one event
#   mgus2    survival::mgus2, first 300 rows: months to progression (1) or death (2)
#   daily    made here, fixed values: 60 children, whole days, events and censorings on day 0, many ties
#   delayed  made here, fixed values: 40 children with an entry day

suppressMessages({library(survival); library(cmprsk); library(etm)})

rows <- list()
put <- function(data, quantity, key, value)
  rows[[length(rows) + 1]] <<- data.frame(data = data, quantity = quantity, key = key,
                                          value = sprintf("%.15g", value))
note <- function(name, version)
  rows[[length(rows) + 1]] <<- data.frame(data = "versions", quantity = name, key = 0, value = version)

note("R", paste(R.version$major, R.version$minor, sep = "."))
for (package in c("survival", "cmprsk", "etm")) note(package, as.character(packageVersion(package)))

write_subjects <- function(data, time, event, entry = NULL) {
  put(data, "time", seq_along(time), time)
  put(data, "event", seq_along(time), event)
  if (!is.null(entry)) put(data, "entry", seq_along(time), entry)
}

write_survival <- function(data, time, event, entry = NULL) {
  outcome <- if (is.null(entry)) Surv(time, event) else Surv(entry, time, event)
  fit <- survfit(outcome ~ 1, conf.type = "log-log")
  put(data, "km", fit$time, fit$surv)
  put(data, "km_std_error", fit$time, summary(fit, times = fit$time)$std.err)
  put(data, "km_lower", fit$time, fit$lower)
  put(data, "km_upper", fit$time, fit$upper)
  put(data, "km_at_risk", fit$time, fit$n.risk)
  if (is.null(entry)) {
    probabilities <- c(0.25, 0.5, 0.75)
    cut <- quantile(fit, probabilities)
    put(data, "km_quantile", probabilities, cut$quantile)
    put(data, "km_quantile_lower", probabilities, cut$lower)
    put(data, "km_quantile_upper", probabilities, cut$upper)
  }
}

# Aalen-Johansen with the multistate Greenwood variance (etm); Aalen variance (cmprsk); log-log limits by survfit's rule
write_incidence <- function(data, time, event, entry = NULL) {
  for (cause in sort(unique(event[event > 0]))) {
    subjects <- data.frame(id = seq_along(time), from = 0, to = ifelse(event == 0, "cens", as.character(event)),
                           entry = if (is.null(entry)) 0 else entry + 1, exit = time + 1)  # etm knows no event at 0
    states <- c("0", as.character(sort(unique(event[event > 0]))))
    allowed <- matrix(FALSE, length(states), length(states)); allowed[1, -1] <- TRUE
    fit <- etm(subjects, states, allowed, "cens", s = 0, covariance = TRUE)
    target <- paste("0", cause)
    put(data, paste0("incidence_", cause), fit$time - 1, trprob(fit, target))
    put(data, paste0("incidence_greenwood_", cause), fit$time - 1, sqrt(pmax(0, trcov(fit, target))))
    if (is.null(entry)) {
      gray <- cuminc(time, event)[[paste("1", cause)]]
      at <- sort(unique(time[event > 0]))
      read <- timepoints(list(gray), at)
      put(data, paste0("incidence_aalen_", cause), at, sqrt(read$var[1, ]))
      put(data, paste0("incidence_cmprsk_", cause), at, read$est[1, ])
    }
  }
}

write_subjects("veteran", veteran$time, veteran$status)
write_survival("veteran", veteran$time, veteran$status)

first <- mgus2[1:300, ]
months <- ifelse(first$pstat == 1, first$ptime, first$futime)
ended <- ifelse(first$pstat == 1, 1, ifelse(first$death == 1, 2, 0))
write_subjects("mgus2", months, ended)
write_incidence("mgus2", months, ended)

daily_time <- c(0,0,0,1,1,1,1,2,2,2,2,2,2,3,3,3,3,3,3,3,4,4,4,4,4,5,5,5,5,5,6,6,6,7,7,7,7,8,8,9,9,10,10,11,12,12,14,14,15,
                17,18,20,21,21,24,26,28,28,28,28)
daily_event <- c(1,2,0,1,1,0,2,1,1,1,2,1,0,1,1,1,1,0,0,2,1,1,2,1,0,1,1,1,0,3,1,1,2,1,1,1,0,1,2,1,0,1,1,1,1,2,1,0,1,
                 2,1,1,0,1,2,1,0,0,1,0)
write_subjects("daily", daily_time, daily_event)
write_incidence("daily", daily_time, daily_event)
write_survival("daily_any", daily_time, as.integer(daily_event > 0))

delayed_entry <- c(0,0,0,0,1,1,1,2,2,2,2,3,3,3,3,3,4,4,4,5,5,5,6,6,6,7,7,8,8,9,9,10,10,11,12,12,13,14,15,16)
delayed_time <- c(9,12,14,20,2,8,15,3,5,9,9,4,6,10,14,21,5,9,13,6,11,18,7,9,16,8,20,9,14,10,22,11,15,18,13,19,21,17,20,25)
delayed_event <- c(1,1,0,2,0,1,2,1,1,2,0,1,0,1,1,2,2,1,1,1,1,0,1,0,1,1,2,1,1,0,1,2,1,0,1,1,2,1,0,1)
write_subjects("delayed", delayed_time, delayed_event, delayed_entry)
write_incidence("delayed", delayed_time, delayed_event, delayed_entry)
write_survival("delayed_any", delayed_time, as.integer(delayed_event > 0), delayed_entry)

for (table in list(c(17, 19, 22, 32), c(0, 10, 6, 12), c(8, 9, 9, 10), c(3, 3, 0, 3), c(56, 70, 48, 80))) {
  name <- sprintf("%d/%d v %d/%d", table[1], table[2], table[3], table[4])
  exact <- fisher.test(matrix(c(table[1], table[2] - table[1], table[3], table[4] - table[3]), 2, byrow = TRUE))
  put("tables", name, 0, exact$p.value)
  for (group in 1:2) {
    limits <- binom.test(table[2 * group - 1], table[2 * group])$conf.int
    put("tables", name, group, limits[1])
    put("tables", name, group + 10, limits[2])
  }
}

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)[1]))
write.csv(do.call(rbind, rows), file.path(here, "expected_survival.csv"), row.names = FALSE, quote = FALSE)
