# Writes expected_groups.csv beside this script: the numbers the tests of groups, regressions and rates compare with.
# Run: Rscript tests/r/expected_groups.R      (from the project folder)
# Written with R 4.2.2, survival 3.5-3, cmprsk 2.2-11, etm 1.1.1; the versions used stand in the first rows.
#
# Data sets (the rows themselves are written too, so that no data is needed from R):
#   lung     survival::veteran, lung cancer trial (Kalbfleisch & Prentice 1980): one event, four cell types
#   heart    survival::heart, Stanford heart transplant program (Crowley & Hu 1977): start-stop rows
#   tied     made here, fixed seed: 80 children, whole days with events on day 0, two causes, three groups, three centers
#   late     made here, fixed seed: 60 children with delayed entry in whole days, two groups, two centers
#   moves    made here, fixed values: daily grades of 12 children between four states

suppressMessages({library(survival); library(cmprsk); library(etm)})

rows <- list()
put <- function(data, quantity, key, value)
  rows[[length(rows) + 1]] <<- data.frame(data = data, quantity = quantity, key = key,
                                          value = sprintf("%.15g", value))
note <- function(name, version)
  rows[[length(rows) + 1]] <<- data.frame(data = "versions", quantity = name, key = 0, value = version)
note("R", paste(R.version$major, R.version$minor, sep = "."))
for (package in c("survival", "cmprsk", "etm")) note(package, as.character(packageVersion(package)))
columns <- function(data, table) for (name in names(table)) put(data, name, seq_len(nrow(table)), as.numeric(table[[name]]))

RNGkind("Mersenne-Twister", "Inversion", "Rejection"); set.seed(20261128)
tied <- data.frame(time = sample(0:14, 80, TRUE), event = sample(0:2, 80, TRUE, c(.3, .5, .2)),
                   group = sample(1:3, 80, TRUE), center = sample(1:3, 80, TRUE), age = sample(1:24, 80, TRUE))
late <- data.frame(entry = sample(0:6, 60, TRUE))
late$time <- late$entry + sample(1:12, 60, TRUE)
late$event <- sample(0:1, 60, TRUE, c(.3, .7)); late$group <- sample(1:2, 60, TRUE); late$center <- sample(1:2, 60, TRUE)
late$age <- sample(1:24, 60, TRUE)
vet <- data.frame(time = veteran$time, event = veteran$status, group = as.integer(veteran$celltype), trt = veteran$trt,
                  karno = veteran$karno, age = veteran$age)
hearts <- data.frame(entry = heart$start, time = heart$stop, event = heart$event, age = heart$age, year = heart$year,
                     surgery = heart$surgery, transplant = as.integer(heart$transplant) - 1, id = heart$id)
columns("tied", tied); columns("late", late); columns("lung", vet); columns("heart", hearts)

for (set in list(list("gray", NULL), list("gray_strata", tied$center))) {
  fit <- if (is.null(set[[2]])) cuminc(tied$time, tied$event, tied$group) else cuminc(tied$time, tied$event, tied$group, set[[2]])
  for (cause in 1:2) { put("tied", set[[1]], cause, fit$Tests[cause, 1]); put("tied", paste0(set[[1]], "_p"), cause, fit$Tests[cause, 2]) }
}
first_two <- tied[tied$group < 3, ]
put("tied", "gray_two", 1, cuminc(first_two$time, first_two$event, first_two$group)$Tests[1, 1])
put("lung", "gray", 1, cuminc(vet$time, vet$event, vet$group)$Tests[1, 1])

rank <- function(data, name, fit) { put(data, name, 0, fit$chisq); put(data, paste0(name, "_p"), 0, 1 - pchisq(fit$chisq, length(fit$n) - 1))
  put(data, paste0(name, "_expected"), seq_along(fit$n), if (is.matrix(fit$exp)) rowSums(fit$exp) else fit$exp) }
rank("lung", "logrank", survdiff(Surv(time, event) ~ group, vet))
rank("tied", "logrank", survdiff(Surv(time, event == 1) ~ group, tied))
rank("tied", "logrank_strata", survdiff(Surv(time, event == 1) ~ group + strata(center), tied))
# survdiff takes no delayed entry: the score test of Cox with exact ties is the log-rank test of two groups
score <- function(formula) coxph(formula, late, ties = "exact")
put("late", "logrank", 0, coxph(Surv(entry, time, event) ~ group, late, ties = "exact")$score)
put("late", "logrank_strata", 0, coxph(Surv(entry, time, event) ~ group + strata(center), late, ties = "exact")$score)

cox <- function(data, name, fit) {
  put(data, name, seq_along(coef(fit)), coef(fit))
  put(data, paste0(name, "_error"), seq_along(coef(fit)), sqrt(diag(if (is.null(fit$naive.var)) fit$var else fit$naive.var)))
  if (!is.null(fit$naive.var)) put(data, paste0(name, "_robust"), seq_along(coef(fit)), sqrt(diag(fit$var)))
  put(data, paste0(name, "_likelihood"), 0:1, fit$loglik)
  put(data, paste0(name, "_ratio"), 1:2, summary(fit)$logtest[c("test", "pvalue")])
  put(data, paste0(name, "_p"), seq_along(coef(fit)), summary(fit)$coefficients[, "Pr(>|z|)"])
  put(data, paste0(name, "_limits"), seq_len(2 * length(coef(fit))), summary(fit)$conf.int[, c("lower .95", "upper .95")])
}
exactly <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)
cox("lung", "cox_strata", coxph(Surv(time, event) ~ trt + karno + age + strata(group), vet, control = exactly))
cox("lung", "cox_cluster", coxph(Surv(time, event) ~ trt + karno + age, vet, cluster = group, control = exactly))
cox("heart", "cox", coxph(Surv(entry, time, event) ~ age + year + surgery + transplant, hearts, cluster = id, control = exactly))
cox("late", "cox", coxph(Surv(entry, time, event) ~ I(group - 1) + age + strata(center), late, control = exactly))
tied$row <- seq_len(80)
cox("tied", "cox", coxph(Surv(time, event == 1) ~ I(group == 2) + I(group == 3) + age + strata(center), tied, cluster = row, control = exactly))

area <- function(data, name, fit, horizon) {
  table <- summary(fit, rmean = horizon)$table
  put(data, name, horizon, table["rmean"]); put(data, paste0(name, "_error"), horizon, table["se(rmean)"])
}
for (horizon in c(100, 365)) area("lung", "restricted_mean", survfit(Surv(time, event) ~ 1, vet), horizon)
# Area under an incidence: survfit gives no error for it, so the influence of each child on the curve is integrated.
# One day later, because survfit drops events at 0; the areas are those of the curve shifted back.
causes <- survfit(Surv(time + 1, factor(event)) ~ 1, tied, influence = TRUE)
for (horizon in c(7, 14)) {
  inside <- causes$time - 1 < horizon
  width <- diff(c(causes$time[inside] - 1, horizon))
  for (cause in 1:2) {
    put("tied", paste0("time_with_", cause), horizon, sum(causes$pstate[inside, cause + 1] * width))
    influence <- causes$influence.pstate[, c(FALSE, inside), cause + 1] %*% width
    put("tied", paste0("time_with_", cause, "_error"), horizon, sqrt(sum(influence^2)))
  }
}

rate <- function(x1, t1, x2, t2) { fit <- poisson.test(c(x1, x2), c(t1, t2)); name <- sprintf("%d/%d v %d/%d", x1, t1, x2, t2)
  put("rates", name, 0:3, c(fit$estimate, fit$conf.int[1], fit$conf.int[2], fit$p.value)) }
rate(11, 800, 23, 783); rate(0, 100, 4, 120); rate(5, 60, 0, 90); rate(3, 300, 3, 300)
for (x in c(0, 4, 38)) { fit <- poisson.test(x, 500); put("rates", sprintf("%d/500", x), 0:2, c(x / 500, fit$conf.int)) }

# Two groups in centers: Mantel-Haenszel odds ratio and test from mantelhaen.test, the others written out from the papers
centers <- data.frame(x1 = c(9, 4, 0, 12), n1 = c(10, 7, 3, 16), x2 = c(6, 3, 1, 7), n2 = c(12, 4, 5, 19))
columns("centers", centers)
table <- array(with(centers, rbind(x1, x2, n1 - x1, n2 - x2)), c(2, 2, 4))
fit <- mantelhaen.test(table, correct = FALSE)
put("centers", "odds_ratio", 0:2, c(fit$estimate, fit$conf.int)); put("centers", "cmh", 0:1, c(fit$statistic, fit$p.value))
with(centers, { n <- n1 + n2; z <- qnorm(.975)
  rd <- sum((x1 * n2 - x2 * n1) / n) / sum(n1 * n2 / n)
  P <- (n1^2 * x2 - n2^2 * x1 + n1 * n2 * (n2 - n1) / 2) / n^2; Q <- (x1 * (n2 - x2) + x2 * (n1 - x1)) / (2 * n)
  se <- sqrt((rd * sum(P) + sum(Q)) / sum(n1 * n2 / n)^2)
  put("centers", "risk_difference", 0:2, c(rd, rd - z * se, rd + z * se))
  A <- sum(x1 * n2 / n); B <- sum(x2 * n1 / n)
  se <- sqrt(sum((n1 * n2 * (x1 + x2) - x1 * x2 * n) / n^2) / (A * B))
  put("centers", "risk_ratio", 0:2, A / B * exp(c(0, -z, z) * se)) })

moves <- data.frame(id = c(1,1,2,2,3,3,4,5,5,6,6,6,7,8,8,9,10,10,11,12), entry = c(0,2,0,3,0,1,0,0,4,0,2,5,0,0,3,0,0,2,0,0),
                    time = c(2,7,3,6,1,4,5,4,9,2,5,8,3,3,8,6,2,9,7,4), from = c(2,1,2,1,1,2,2,2,1,1,2,1,2,2,1,1,2,1,2,1),
                    to = c(1,0,1,99,2,3,3,1,0,2,1,0,99,1,99,0,1,0,3,0))
columns("moves", moves)
allowed <- matrix(FALSE, 4, 4); allowed[2, c(1, 3)] <- TRUE; allowed[3, c(2, 4)] <- TRUE
etm_rows <- with(moves, data.frame(id, from, to = ifelse(to == 99, "cens", to), entry, exit = time))
fit <- etm(etm_rows, c("0", "1", "2", "3"), allowed, "cens", s = 0, covariance = FALSE)
for (start in c("1", "2")) for (end in c("0", "1", "2", "3"))
  put("moves", paste0("from_", start, "_to_", end), fit$time, fit$est[start, end, ])
# Mean days in a state to a horizon, with the error of the infinitesimal jackknife
states <- c("0", "1", "2", "3")
multi <- survfit(Surv(entry, time, factor(ifelse(to == 99, "cens", to), c("cens", states))) ~ 1, data = moves, id = id,
                 istate = factor(from, states), influence = TRUE)
for (horizon in c(2.5, 6, 8.5, 20)) {
  means <- summary(multi, rmean = horizon)$table
  put("moves", paste0("mean_days_to_", horizon), states, means[, "rmean"])
  put("moves", paste0("mean_days_error_to_", horizon), states, means[, "se(rmean)"])
}

# Tests of a table: mid-p written out with dhyper; Breslow-Day with Tarone's correction written out
mid_p <- function(x1, n1, x2, n2) { k <- max(0, x1 + x2 - n2):min(x1 + x2, n1); p <- dhyper(k, n1, n2, x1 + x2)
  own <- dhyper(x1, n1, n2, x1 + x2); sum(p[p < own * (1 - 1e-7)]) + sum(p[abs(p / own - 1) <= 1e-7]) / 2 }
for (t in list(c(17, 19, 22, 32), c(0, 10, 6, 12), c(3, 6, 3, 6))) put("tables", sprintf("mid-p %d/%d v %d/%d", t[1], t[2], t[3], t[4]), 0, mid_p(t[1], t[2], t[3], t[4]))

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)[1]))
write.csv(do.call(rbind, rows), file.path(here, "expected_groups.csv"), row.names = FALSE, quote = FALSE)
